"""Integrated Gradients from its definition: step by step, batched, converged, and along a curve.

All four integrate a `ScalarField`: F as one number per example, with its gradient. Nothing here is shared with a
subject: one form takes one step at a time, and the batched form is proved equal to it (tests/unit/reference).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from reference.oracle.precision import highest
from reference.oracle.quadrature import Rule, composite, rule

PANEL_NODES = 8
MOST_PANELS = 32


@dataclass(frozen=True)
class ScalarField:
    """F: points (rows, …) ↦ (rows,), and ∇F. `rows` is a multiple of `examples`; arguments are tiled to match.

    `around` holds whatever must be in force while F runs and while it is differentiated (a substituted layer).
    """

    forward: Callable[..., Tensor]
    additional: tuple[Any, ...]
    target: Any
    examples: int
    around: Callable[[Tensor], AbstractContextManager[Any]] = lambda points: nullcontext()

    @highest()
    def __call__(self, points: Tensor) -> Tensor:
        with torch.no_grad(), self.around(points):
            return self.value(points)

    def gradient(self, points: Tensor) -> Tensor:
        """∇F at each row, zero where F does not depend on the points."""
        return self.with_gradient(points)[1]

    @highest()
    def with_gradient(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """F and ∇F at each row, in one pass: (rows,) and (rows, …)."""
        with torch.enable_grad():
            leaf = points.detach().clone().requires_grad_()
            with self.around(leaf):
                values = self.value(leaf)
                depends = values.requires_grad
                gradient = torch.autograd.grad(values.sum(), leaf, allow_unused=True)[0] if depends else None
        return values.detach(), torch.zeros_like(leaf) if gradient is None else gradient.detach()

    @highest()
    def with_curvature(self, points: Tensor, direction: Tensor) -> tuple[Tensor, Tensor]:
        """∇F and ∇²F · direction at each row, in one pass: the shape of the points each.

        Raises   RuntimeError where F, or its gradient, does not depend on the points
        """
        with torch.enable_grad(), self.around(leaf := points.detach().clone().requires_grad_()):
            (gradient,) = torch.autograd.grad(self.value(leaf).sum(), leaf, create_graph=True)
            (curved,) = torch.autograd.grad(gradient, leaf, direction)
        return gradient.detach(), curved

    def value(self, points: Tensor) -> Tensor:
        """F at each row, in the grad mode in force: (rows,)."""
        times, rest = divmod(len(points), self.examples)
        if rest:
            raise ValueError(f"{len(points)} points are no multiple of {self.examples} examples")
        additional = tuple(_tiled(argument, self.examples, times) for argument in self.additional)
        values = select(self.forward(points, *additional), self.target, times)
        if values.shape != points.shape[:1]:
            raise ValueError(
                f"target {self.target!r} leaves {tuple(values.shape)} of {len(points)} rows: not one number each"
            )
        return values


class SideField(ScalarField):
    """F: points ↦ (rows,), with ∇F elsewhere: the gradient of what `around` adds to a module's value."""

    @highest()
    def __call__(self, points: Tensor) -> Tensor:
        with torch.no_grad():
            return self.value(points)

    @highest()
    def with_gradient(self, points: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            added = torch.zeros_like(points).requires_grad_()
            with self.around(added):
                values = self.value(points)
                (gradient,) = torch.autograd.grad(values.sum(), added)
        return values.detach(), gradient


def _tiled(argument: Any, examples: int, times: int) -> Any:
    if isinstance(argument, Tensor) and argument.dim() and len(argument) == examples:
        return argument.repeat(times, *(1,) * (argument.dim() - 1))
    return argument


def select(output: Tensor, target: Any, times: int = 1) -> Tensor:
    """The target's element of each row: (rows,). `target` is None, one index for all rows, or one per example.

    One index is an int, or a tuple of ints for an output of more than two dimensions; per example: a tuple of those.
    """
    if target is None:
        return output.reshape(len(output))
    if isinstance(target, int):
        return output[:, target]
    if isinstance(target[0], int) and output.dim() == len(target) + 1 and output.dim() > 2:
        return output[(slice(None), *target)]
    rows = torch.arange(len(output), device=output.device)
    columns = torch.tensor(target, device=output.device).repeat(
        times, *(1,) * (1 if isinstance(target[0], tuple) else 0)
    )
    return output[(rows, *columns.unbind(1))] if columns.dim() == 2 else output[rows, columns]


@dataclass(frozen=True)
class PathSum:
    """A rule applied to a path: the attribution (batch, …), Σ_k |w_k ∇F ⊙ Δ|, the magnitude it was summed from, and
    F at its ends, x and x': (batch,) each. `steepest` (batch, …) is max_k |∇F ⊙ Δ|.
    """

    attribution: Tensor
    magnitude: Tensor
    end: Tensor
    start: Tensor
    steepest: Tensor

    def times(self, factor: Tensor) -> PathSum:
        """The sum with another factor, (batch, …): that of Σ_k w_k ∇F with it."""
        rows = factor.repeat(len(self.attribution) // len(factor), *(1,) * (factor.dim() - 1))
        return replace(
            self,
            attribution=self.attribution * rows,
            magnitude=self.magnitude * rows.abs(),
            steepest=self.steepest * rows.abs(),
        )


def step_by_step(field: ScalarField, x: Tensor, baseline: Tensor, nodes: Rule, factor: Tensor | None = None) -> PathSum:
    """Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ, one step at a time, in the dtype of x (half precision is summed in float32).

    Shapes   x, baseline (batch, …); returns that shape. `factor`, of that shape too, takes the place of ⊙ Δ
    Source   Sundararajan, Taly, Yan 2017, eq. 1 and 3, https://arxiv.org/abs/1703.01365
    """
    delta = x - baseline
    summed_in = torch.promote_types(x.dtype, torch.float32)
    multiplier = (delta if factor is None else factor).to(summed_in)
    total = torch.zeros_like(x, dtype=summed_in)
    magnitude, steepest = torch.zeros_like(total), torch.zeros_like(total)
    for alpha, weight in zip(nodes.nodes, nodes.weights, strict=True):
        slope = field.gradient(baseline + alpha * delta).to(summed_in) * multiplier
        term = weight * slope
        total += term
        magnitude += term.abs()
        steepest = torch.maximum(steepest, slope.abs())
    return PathSum(total.to(x.dtype), magnitude, field(x), field(baseline), steepest)


def batched(field: ScalarField, x: Tensor, baseline: Tensor, nodes: Rule, factor: Tensor | None = None) -> PathSum:
    """The same sum, all steps and both ends in one batch, step-major: faster, and equal to rounding."""
    delta = x - baseline
    summed_in = torch.promote_types(x.dtype, torch.float32)
    shape = (-1, *(1,) * x.dim())
    alphas = torch.tensor(nodes.nodes, dtype=torch.float64).to(x).reshape(shape)
    weights = torch.tensor(nodes.weights, dtype=torch.float64).to(x.device, summed_in).reshape(shape)
    points = torch.cat([(baseline + alphas * delta).flatten(0, 1), x, baseline])
    values, gradients = (rows.unflatten(0, (-1, len(x))) for rows in field.with_gradient(points))
    slopes = gradients[:-2].to(summed_in) * (delta if factor is None else factor).to(summed_in)
    terms = weights * slopes
    end, start = values[-2:]
    return PathSum(terms.sum(0).to(x.dtype), terms.abs().sum(0), end, start, slopes.abs().amax(0))


def derivative(field: ScalarField, x: Tensor, baseline: Tensor, nodes: Rule) -> PathSum:
    """d(Σ IG)/dx = Σ_k w_k (∇F + α_k ∇²F Δ) at x' + α_k Δ, one step at a time, of an F that is smooth there.

    Shapes   x, baseline (batch, …); `attribution` of what is returned is the derivative, of that shape
    Source   Sundararajan, Taly, Yan 2017, eq. 3, differentiated
    """
    delta = x - baseline
    total, magnitude, steepest = (torch.zeros_like(x) for _ in range(3))
    for alpha, weight in zip(nodes.nodes, nodes.weights, strict=True):
        gradient, curved = field.with_curvature(baseline + alpha * delta, delta)
        size = gradient.abs() + alpha * curved.abs()
        total += weight * (gradient + alpha * curved)
        magnitude += abs(weight) * size
        steepest = torch.maximum(steepest, size)
    return PathSum(total, magnitude, field(x), field(baseline), steepest)


@dataclass(frozen=True)
class Integral:
    """∫₀¹ ∇F(x' + αΔ) dα ⊙ Δ (batch, …), and how far each example's total is from it (batch,).

    `doubled` is what the last two doublings changed, `missed` the distance to F(x) − F(x'), which is the total's value.
    """

    attribution: Tensor
    doubled: Tensor
    missed: Tensor

    @property
    def error(self) -> Tensor:
        """The larger of both: if the path bends between the nodes, doublings may agree on a wrong total."""
        return torch.maximum(self.doubled, self.missed)


def converged(field: ScalarField, x: Tensor, baseline: Tensor) -> Integral:
    """The path integral by Gauss–Legendre on panels, doubled until two doublings agree to rounding.

    Accuracy  `error`, per example; kinks leave it large
    Source    composite quadrature with step doubling: Davis and Rabinowitz, 2.1 and 6.1; Sundararajan et al. 2017,
              proposition 1
    """
    base = rule("gausslegendre", PANEL_NODES)
    panels = 1
    sums = [batched(field, x, baseline, composite(base, panels))]
    changes: list[Tensor] = []
    while panels < MOST_PANELS:
        panels *= 2
        sums.append(batched(field, x, baseline, composite(base, panels)))
        changes.append((totals(sums[-1].attribution) - totals(sums[-2].attribution)).abs())
        rounding = torch.finfo(x.dtype).eps * totals(sums[-1].magnitude)
        if len(changes) > 1 and bool((torch.maximum(changes[-1], changes[-2]) <= rounding).all()):
            break
    last = sums[-1]
    missed = (totals(last.attribution) - (last.end - last.start)).abs()
    return Integral(last.attribution, torch.maximum(changes[-1], changes[-2]), missed)


@highest()
def along_curve(
    field: ScalarField, curve: Callable[[Tensor], Tensor], x: Tensor, baseline: Tensor, nodes: Rule
) -> PathSum:
    """Σ_k w_k ∇F(h(α_k)) ⊙ h'(α_k) along h(α) = curve(x' + αΔ): the path that `curve` bends.

    Shapes   x, baseline (batch, …) before the curve; returns the shape of curve(x)
    Source   the path integral of Sundararajan et al. 2017, section 4, eq. 5 (path methods)
    """
    delta = x - baseline
    slopes: list[Tensor] = []
    for alpha in nodes.nodes:
        point, slope = torch.autograd.functional.jvp(curve, baseline + alpha * delta, delta)
        slopes.append(field.gradient(point.detach()) * slope.detach())
    stacked = torch.stack(slopes)
    terms = torch.tensor(nodes.weights, dtype=torch.float64).to(stacked).reshape(-1, *(1,) * x.dim()) * stacked
    ends = field(curve(x)), field(curve(baseline))
    return PathSum(terms.sum(0), terms.abs().sum(0), *ends, stacked.abs().amax(0))


def totals(values: Tensor) -> Tensor:
    """The sum over everything but the batch: (batch,)."""
    return values.flatten(1).sum(1)
