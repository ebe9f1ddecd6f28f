"""A mistake as a hypothesis: the numbers that it would give, and whether they are the numbers at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from reference.check.field import Call
from reference.check.integral import Integral
from reference.check.mistakes.predicted import Predicted
from reference.check.numbers import Numbers, Value
from reference.check.result import Mistake
from reference.check.sides import Reading, Side, Sides
from reference.check.unsound import Unsound
from reference.oracle.budget import rounding
from reference.oracle.quadrature import Rule

DISTINCT = 4
"""A hypothesis explains numbers only if the right value lies at least this many of its budgets away from them."""

LOOSE = 0.1
"""How far the total of the numbers may lie from a candidate's change of F, as a share of the largest of them."""

DOES_NOT_APPLY = (Unsound, ValueError, TypeError, RuntimeError, IndexError)
"""What a forward raises if a hypothesis does not apply to it: a module runs twice, an argument is refused."""


@dataclass(frozen=True)
class Given:
    """All that is known of numbers that are wrong.

    `again` calls the implementation once more, or is None if numbers were given. `told_method` and `told_steps` say
    whether the user told these, or Captum's defaults are meant.
    """

    sides: Sides
    right: Value
    dtype: torch.dtype
    method: str
    n_steps: int
    model: nn.Module | None = None
    ids: Tensor | None = None
    integral: Integral | None = None
    again: Callable[[], Tensor] | None = None
    told_method: bool = True
    told_steps: bool = True
    special: Mapping[str, int] = field(default_factory=dict)
    """The special tokens that people take as a baseline, by name."""

    @property
    def numbers(self) -> Numbers:
        return self.sides.numbers

    @property
    def call(self) -> Call:
        return self.sides.exact.call

    @cached_property
    def predicted(self) -> Predicted:
        """What other rules would give."""
        return Predicted(self.sides, self.integral)

    @property
    def deviation(self) -> Tensor:
        """How far the numbers lie from the right value, at most: (batch,)."""
        return (self.numbers.flat - self.right.number).abs().amax(1)

    def explains(self, candidate: Candidate) -> bool:
        """Whether the candidate's numbers are these within its budget, and the right ones are not."""
        try:
            if not self._plausible(candidate):
                return False
            order = (self.sides.rounded, self.sides.exact)
            if self.dtype == torch.float64:
                order = (self.sides.exact, self.sides.rounded)
            first = candidate.on(order[0])
            near = self.deviation.max() / DISTINCT + self.right.budget(self.dtype, self.numbers.resolution)
            if not bool(((self.numbers.flat - first).abs() <= near.unsqueeze(1) + self.numbers.half_units).all()):
                return False
            distinct = 1 if self.untold(candidate.named) else DISTINCT
            if self.within(first, candidate.on(order[1]), distinct):
                return True
            if self.dtype != torch.float64 or not self._as_far_as_float32(first):
                return False
            rules = in_float32(candidate.rule or self.sides.exact.rule)
            variants = [replace(candidate, rule=rule) for rule in rules]
            return any(self.within(one.on(order[0]), one.on(order[1])) for one in variants)
        except DOES_NOT_APPLY:
            return False

    def _as_far_as_float32(self, first: Tensor) -> bool:
        """Whether weights or nodes in float32 may be all that lies between the numbers and a hypothesis: cheap to ask.

        A node of float32 moves each term by as much as float32 moves the point: the float32 side shows that.
        """
        unit = (self.sides.exact.scores - self.sides.rounded.scores).abs().amax(1)
        size = torch.maximum(
            first.abs().amax(1) / self.right.number.abs().amax(1).clamp(min=1e-300), first.new_ones(())
        )
        off = (self.numbers.flat - first).abs().amax(1)
        return bool((off <= size * rounding(unit, self.right.magnitude, torch.float32).value).all())

    def untold(self, named: tuple[str, int] | None) -> bool:
        """Whether it is a rule that the user may have chosen: then it need not be far from the one that is assumed."""
        if named is None or (self.told_method and self.told_steps):
            return False
        method, n_steps = named
        return (not self.told_method or method == self.method) and (not self.told_steps or n_steps == self.n_steps)

    def within(self, first: Tensor, second: Tensor, distinct: float = DISTINCT) -> bool:
        """Whether the numbers are these, in two dtypes, within their budget, and the right ones are not.

        Zeros explain nothing: many mistakes give them.
        """
        if not bool(first.any()):
            return False
        off = (self.numbers.flat - first).abs()
        size, right = (torch.maximum(first.abs(), second.abs()).amax(1), self.right.number.abs().amax(1))
        growth = torch.where(right > 0, size / right, 1.0)
        value = Value(first, (first - second).abs().amax(1), self.right.magnitude * growth)
        if not bool((value.unit + value.magnitude).isfinite().all()):
            return False
        budget = value.budget(self.dtype, self.numbers.resolution).unsqueeze(1) + self.numbers.half_units
        from_right = (self.numbers.flat - self.right.number).abs()
        return bool((off <= budget).all()) and bool((from_right > distinct * budget).any())

    def from_the_total(self, call: Call) -> float:
        """How far the call's change of F lies from the total of the numbers; infinite if F refuses the call."""
        try:
            return float((_change(self.sides.rounded.of(call)) - self.numbers.flat.sum(1)).abs().max())
        except DOES_NOT_APPLY:
            return float("inf")

    @cached_property
    def off_the_path(self) -> bool:
        """Whether the numbers are of a path with other ends than were told."""
        return self.moves_off(self.sides.rounded)

    def moves_off(self, side: Side) -> bool:
        """Whether some number is not 0 although the side's path does not move it: its Δ is 0."""
        moved = self.numbers.like((side.path.x - side.path.baseline).double().abs())
        if moved.shape != self.numbers.flat.shape:
            return False  # another space
        return bool(((moved == 0) & (self.numbers.flat.abs() > self.numbers.half_units)).any())

    def _plausible(self, candidate: Candidate) -> bool:
        """Whether the candidate is worth a whole path: by its ends, its change of F, and the interpolated integrand."""
        if candidate.rule is not None and self.predicted.far(candidate.rule) > 1:
            return False
        if candidate.call is None or self.numbers.impossible:
            return True
        side = self.sides.rounded.of(candidate.call)
        if self.moves_off(side):
            return False
        if candidate.likely or self.off_the_path:
            return True
        change, total = _change(side), self.numbers.flat.sum(1)
        largest = torch.maximum(change.abs(), self.numbers.flat.abs().amax(1))
        right = self.sides.exact.sum
        gap = (right.attribution.double().sum(1) - (right.end - right.start).double()).abs()
        return bool(((change - total).abs() <= LOOSE * largest + 10 * gap).all())


def _change(side: Side) -> Tensor:
    end, start = side.path.ends()
    return (end - start).double()


def in_float32(right: Rule) -> Iterator[Rule]:
    """The rule with weights, and with weights and equally spaced nodes, that are rounded to float32.

    NumPy's weights differ in their last digits: with many nodes, some of them have another neighbour in float32.
    """
    weights = _rounded(right.weights)
    yield Rule(right.nodes, weights)
    if right.weights_error and (others := _rounded(_weights_of_numpy(len(right)))) != weights:
        yield Rule(right.nodes, others)
    nodes = torch.linspace(right.nodes[0], right.nodes[-1], len(right), dtype=torch.float32).double()
    if bool(((nodes - torch.tensor(right.nodes, dtype=torch.float64)).abs() <= torch.finfo(torch.float32).eps).all()):
        yield Rule(tuple(nodes.tolist()), weights)
        yield Rule(tuple(nodes.tolist()), right.weights)


def _rounded(numbers: Sequence[float]) -> tuple[float, ...]:
    """The numbers, rounded to float32."""
    return tuple(torch.tensor(numbers, dtype=torch.float64).float().double().tolist())


@lru_cache(maxsize=16)
def _weights_of_numpy(n_steps: int) -> tuple[float, ...]:
    """Gauss–Legendre by NumPy, moved to [0, 1]; 1000 nodes take a second."""
    return tuple((np.polynomial.legendre.leggauss(n_steps)[1] / 2).tolist())


@dataclass(frozen=True)
class Candidate:
    """What a mistake would give: a reading of another call, or of the same call under another rule.

    `named` is the rule's name and its number of steps, if it is one of the five. `likely` says that it is worth a whole
    path, even if its change of F is far from the total: many steps may be missing.
    """

    sentence: str
    reading: Reading = lambda side: side.scores
    call: Call | None = None
    rule: Rule | None = None
    named: tuple[str, int] | None = None
    likely: bool = False

    def on(self, side: Side) -> Tensor:
        """The numbers in one dtype: (batch, own), float64."""
        if self.call is not None:
            side = side.of(self.call)
        if self.rule is not None:
            side = side.under(self.rule)
        found = self.reading(side).double()
        if found.shape != side.numbers.flat.shape:
            raise ValueError("another shape")
        return found


@dataclass(frozen=True)
class Hypothesis:
    """A named mistake: candidates for what it gives, and what it needs to be tested.

    `alone`: it is tried only if no other explains the numbers. `tokens`: only token sequences can have it.
    """

    name: str
    needs: tuple[str, ...]
    candidates: Callable[[Given], Iterator[Candidate]]
    alone: bool = False
    tokens: bool = False


HYPOTHESES: list[Hypothesis] = []


def hypothesis(
    name: str, needs: tuple[str, ...] = (), *, alone: bool = False, tokens: bool = False
) -> Callable[[Callable[[Given], Iterator[Candidate]]], Callable[[Given], Iterator[Candidate]]]:
    """Register a generator of candidates under the mistake's name."""

    def register(candidates: Callable[[Given], Iterator[Candidate]]) -> Callable[[Given], Iterator[Candidate]]:
        HYPOTHESES.append(Hypothesis(name, needs, candidates, alone, tokens))
        return candidates

    return register


@dataclass(frozen=True)
class Explanation:
    """A mistake, and the candidate that gives the numbers."""

    mistake: Mistake
    candidate: Candidate


MOST_SENTENCES = 3
"""Candidates of one mistake that are listed, if several give the same numbers."""


def explained(given: Given) -> tuple[tuple[Explanation, ...], tuple[str, ...]]:
    """The mistakes that explain the numbers, the most specific first, and what could not be tested.

    What explains numbers within one budget gives the same numbers. A mistake is the more specific, the more it needs.
    """
    found: list[Explanation] = []
    untested: list[str] = []
    for one in sorted(HYPOTHESES, key=lambda one: (one.alone, -len(one.needs))):
        if (one.alone and found) or (one.tokens and not given.numbers.of_tokens):
            continue
        missing = [need for need in one.needs if getattr(given, need) is None]
        if missing:
            untested.append(f"{one.name}: needs {' and '.join(NEEDS[need] for need in missing)}")
            continue
        own = [candidate for candidate in one.candidates(given) if given.explains(candidate)]
        if own:
            sentences = list(dict.fromkeys(candidate.sentence for candidate in own))[:MOST_SENTENCES]
            found.append(Explanation(Mistake(one.name, "; or ".join(sentences)), own[0]))
    return tuple(found), tuple(untested)


NEEDS = {"model": "model=", "ids": "ids=", "again": "attributions as a function"}
"""What a user passes for each need."""
