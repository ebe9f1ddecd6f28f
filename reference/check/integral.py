"""The converged integral by adaptive Gauss–Kronrod quadrature, and what any rule would give, without the model.

On each piece of the path the change of F is known exactly, F(b) − F(a): the total's error is measured, not estimated.
The profile of the integrand (one number for each token) is kept at 15 nodes a piece, and its interpolation predicts
the sum of every rule at no further cost.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from reference.oracle.path import Path
from reference.oracle.quadrature import Rule, fewest_nodes, rule

# QUADPACK's qk15: the non-negative nodes of the Kronrod rule on [−1, 1], their weights, and those of the Gauss rule in
# it. Source: Piessens et al. 1983; tests/unit/reference/check/test_integral.py shows their degrees of exactness.
_NODES = (
    *(0.991455371120812639206854697526329, 0.949107912342758524526189684047851, 0.864864423359769072789712788640926),
    *(0.741531185599394439863864773280788, 0.586087235467691130294144691258410, 0.405845151377397166906606412076961),
    *(0.207784955007898467600689403773245, 0.0),
)
_KRONROD = (
    *(0.022935322010529224963732008058970, 0.063092092629978553290700663189204, 0.104790010322250183839876322541518),
    *(0.140653259715525918745189590510238, 0.169004726639267902826583426598550, 0.190350578064785409913256402421014),
    *(0.204432940075298892414161999234649, 0.209482141084727828012999174891714),
)
_GAUSS = (
    *(0.129484966168869693270611432679082, 0.279705391489276667901467771423780),
    *(0.381830050505118944950369775488975, 0.417959183673469387755102040816327),
)

NODES = np.array([-x for x in _NODES[:7]] + list(reversed(_NODES)))
KRONROD = np.array(_KRONROD[:7] + tuple(reversed(_KRONROD)))
GAUSS = np.zeros(15)
GAUSS[1::2] = _GAUSS[:3] + tuple(reversed(_GAUSS))
BARYCENTRIC = np.array([1 / np.prod(2 * (x - np.delete(NODES, k))) for k, x in enumerate(NODES)])

NARROWEST = 2.0**-16
"""A piece that is not resolved at this width is a jump of F."""

JUMP = 64 * NARROWEST
"""A piece of this width that is not resolved is as narrow as a jump, if no nodes are left to narrow it further."""

SHARE = 1 / 20
"""The share of the accuracy that one piece may use."""

BY_CHANCE = 30
"""At a kink, the two rules of a piece may differ by this much less than either is off. It decides which rules are worth
a whole path, and no verdict.
"""

GRID = (*range(1, 21), 24, 28, 32, 40, 50, 64, 80, 100, 128, 160, 200, 256, 300, 400, 500, 640, 800, 1000)
"""The numbers of steps that are tried."""


@dataclass(frozen=True)
class Piece:
    """A part [low, high] of the path: the profile at its nodes (15, batch, scores), its error per example, and the
    error of each score (batch, scores).
    """

    low: float
    high: float
    profile: Tensor
    error: Tensor
    each: Tensor


@dataclass(frozen=True)
class Integral:
    """∫₀¹ ∇F(x' + αΔ) dα ⊙ Δ, flat, and how far it may be from the truth.

    Shapes   attribution (batch, numbers); error (batch,), of the worst score and of the total; scale (batch,), the
             largest score or |F(x) − F(x')|; change (batch,)
    `trouble` is the α of the worst piece if the accuracy was not reached; `jump` says whether the piece is as
    narrow as a jump.
    `floor` (batch,) is what the interpolation of any rule's scores may be off by. `each` (batch, scores) is the error
    of each score. `values` holds F (batch,) at the ends of all pieces.
    """

    attribution: Tensor
    error: Tensor
    scale: Tensor
    change: Tensor
    scores: Tensor
    nodes: int
    converged: bool
    trouble: float | None
    jump: bool
    floor: Tensor
    each: Tensor
    pieces: tuple[Piece, ...]
    values: dict[float, Tensor]

    def of_rule(self, rule: Rule) -> Tensor:
        """The scores that the rule gives, by interpolation: (batch, scores)."""
        of_piece, low, high = self._pieces_of(rule)
        places = (2 * np.array(rule.nodes) - low - high) / (high - low)
        mixing = np.array(rule.weights)[:, None] * _interpolating(places)
        total = torch.zeros_like(self.scores)
        for number in np.unique(of_piece):
            inside = mixing[of_piece == number].sum(0)
            total += torch.einsum("k,kbs->bs", torch.from_numpy(inside), self.pieces[number].profile)
        return total

    def uncertain(self, rule: Rule) -> Tensor:
        """What the interpolation of the rule's scores may be off by: (batch,).

        A node in a piece with a kink takes its weight times the error that this piece has for each unit of the path.
        """
        of_piece, low, high = self._pieces_of(rule)
        shares = np.bincount(of_piece, np.array(rule.weights) / (high - low), len(self.pieces))
        errors = torch.stack([piece.error for piece in self.pieces])
        return torch.maximum(self.floor, BY_CHANCE * torch.from_numpy(shares) @ errors)

    def _pieces_of(self, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """For each node of the rule: the number of its piece, and the piece's lower and upper end."""
        lows, highs = self._edges
        of_piece = np.clip(np.searchsorted(lows, np.array(rule.nodes), side="right") - 1, 0, None)
        return of_piece, lows[of_piece], highs[of_piece]

    @cached_property
    def _edges(self) -> tuple[np.ndarray, np.ndarray]:
        """The lower and upper ends of the pieces, in order."""
        return np.array([piece.low for piece in self.pieces]), np.array([piece.high for piece in self.pieces])

    def misses(self, rule: Rule) -> Tensor:
        """How far the rule's scores, or its total, lie from the integral, as a share of the scale: (batch,)."""
        scores = self.of_rule(rule)
        worst = torch.maximum((scores - self.scores).abs().amax(1), (scores.sum(1) - self.change).abs())
        return torch.where(worst == 0, 0.0, worst / self.scale)


def _interpolating(place: np.ndarray) -> np.ndarray:
    """The matrix from values at NODES to values at `place`: (places, 15). Barycentric: Berrut and Trefethen 2004."""
    difference = place[:, None] - NODES[None, :]
    exact = difference == 0
    difference[exact] = 1.0
    terms = BARYCENTRIC / difference
    terms[exact.any(1)] = 0.0
    terms[exact] = 1.0
    found: np.ndarray = terms / terms.sum(1, keepdims=True)
    return found


def integrated(
    path: Path, scores: Callable[[Tensor], Tensor], accuracy: float, most_nodes: int, noise: Tensor
) -> Integral:
    """The integral to `accuracy` of its scale, or as far as `most_nodes` nodes lead.

    Shapes   scores maps (…, numbers) to (…, scores); noise (batch,) is the rounding of a score, below which no piece
             is split
    """
    end, start = path.ends()
    change = (end - start).double()
    delta = (path.x - path.baseline).double()
    values = {0.0: start.double(), 1.0: end.double()}
    total, done = torch.zeros_like(delta), []
    pending: list[tuple[float, float, Piece, Tensor]] = []
    nodes = 0

    def value(alpha: float) -> Tensor:
        if alpha not in values:
            values[alpha] = path.field(_point(path, alpha)).double()
        return values[alpha]

    def scale() -> Tensor:
        return torch.maximum(scores(total).abs().amax(1), change.abs())

    def add(low: float, high: float) -> None:
        nonlocal total, nodes
        piece, attribution = _piece(path, delta, scores, low, high, value(high) - value(low))
        nodes += 15
        total = total + attribution
        heapq.heappush(pending, (-float((piece.error / allowed()).max()), low, piece, attribution))

    def allowed() -> Tensor:
        smallest = torch.finfo(torch.float64).tiny
        return torch.maximum(SHARE * accuracy * scale(), noise).clamp(min=smallest)

    def far_off(piece: Piece) -> bool:
        """Whether halves would be too wide, too: on half of a piece, a rule's error is about the square of its own."""
        size = scale().clamp(min=torch.finfo(torch.float64).tiny)
        return bool(((piece.error / size).square() > allowed() / size).any())

    add(0.0, 0.5)
    add(0.5, 1.0)
    pending = [(-float((piece.error / allowed()).max()), low, piece, part) for _, low, piece, part in pending]
    heapq.heapify(pending)
    while pending:
        badness, low, piece, attribution = heapq.heappop(pending)
        if -badness <= 1:
            done.append(piece)
            continue
        if nodes + 30 > most_nodes or piece.high - piece.low < NARROWEST:
            heapq.heappush(pending, (badness, low, piece, attribution))
            break
        parts = 4 if nodes + 60 <= most_nodes and far_off(piece) else 2
        total = total - attribution
        ends = [piece.low + part / parts * (piece.high - piece.low) for part in range(parts + 1)]
        for low, high in pairwise(ends):
            add(low, high)
    pieces = (*done, *(piece for *_, piece, _ in pending))
    error = torch.stack([piece.error for piece in pieces]).sum(0)
    error = torch.maximum(error, (scores(total).sum(1) - change).abs())
    off = (scores(total).sum(1) - change).abs()
    each = torch.stack([piece.each for piece in pieces]).sum(0)
    each = each + (off - each.sum(1)).clamp(min=0).unsqueeze(1) + noise.unsqueeze(1)
    converged = bool((error <= torch.maximum(accuracy * scale(), 4 * noise)).all())
    worst = max(pieces, key=lambda piece: float((piece.error / allowed()).max()))
    return Integral(
        attribution=total,
        error=error,
        scale=scale(),
        change=change,
        scores=scores(total),
        nodes=nodes,
        converged=converged,
        trouble=None if converged else (0.0 if worst.low == 0 else (worst.low + worst.high) / 2),
        jump=worst.high - worst.low <= JUMP,
        each=each,
        floor=torch.maximum(allowed(), 0.1 * error),
        pieces=tuple(sorted(pieces, key=lambda piece: piece.low)),
        values=values,
    )


def _piece(
    path: Path, delta: Tensor, scores: Callable[[Tensor], Tensor], low: float, high: float, change: Tensor
) -> tuple[Piece, Tensor]:
    """One part of the path, with its attribution (batch, numbers)."""
    half = (high - low) / 2
    alphas = low + half * (1 + NODES)
    profile, total = [], torch.zeros_like(delta)
    for first in range(0, 15, max(1, path.field.rows_at_once(path.x) // len(path.x))):  # type: ignore[attr-defined]
        some = slice(first, first + max(1, path.field.rows_at_once(path.x) // len(path.x)))  # type: ignore[attr-defined]
        points = torch.cat([_point(path, alpha) for alpha in alphas[some]])
        terms = path.field.with_gradient(points)[1].double().unflatten(0, (-1, len(delta))) * delta
        profile.append(scores(terms))
        total += torch.einsum("k,kbn->bn", torch.from_numpy(half * KRONROD[some]), terms)
    integrand = torch.cat(profile)
    by_kronrod, by_gauss = (torch.einsum("k,kbs->bs", torch.from_numpy(half * w), integrand) for w in (KRONROD, GAUSS))
    around_mean = (integrand - by_kronrod / (2 * half)).abs()
    spread = torch.einsum("k,kbs->bs", torch.from_numpy(half * KRONROD), around_mean)
    apart = (by_kronrod - by_gauss).abs()
    ratio = torch.where(spread > 0, 200 * apart / spread.clamp(min=1e-300), 0.0)
    error = torch.minimum(apart, spread * ratio**1.5)
    off = (by_kronrod.sum(1) - change).abs()
    return Piece(low, high, integrand, torch.maximum(error.amax(1), off), error), total


def _point(path: Path, alpha: float) -> Tensor:
    return path.baseline + float(alpha) * (path.x - path.baseline)


@lru_cache(maxsize=256)
def cached_rule(method: str, n_steps: int) -> Rule:
    """The rule; Gauss–Legendre with many nodes takes a second."""
    return rule(method, n_steps)


def steps_needed(integral: Integral, method: str, accuracy: float) -> int | None:
    """The smallest number of steps in GRID that reaches the accuracy, and the next one too; None if there is none."""
    reached: int | None = None
    for n_steps in GRID:
        if n_steps < fewest_nodes(method):
            continue
        if bool((integral.misses(cached_rule(method, n_steps)) <= accuracy).all()):
            if reached is not None:
                return reached
            reached = n_steps
        else:
            reached = None
    return reached
