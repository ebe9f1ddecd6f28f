"""The same path in two dtypes: the right value of the numbers, and how far rounding may lead from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from reference.check.field import Call, Space
from reference.check.numbers import Numbers, Value
from reference.oracle.path import NUDGES, Path
from reference.oracle.path_integral import PathSum, totals
from reference.oracle.quadrature import Rule

Reading = Callable[["Side"], Tensor]
"""A number made from one side, in the numbers' own form: (batch, own)."""


COMPUTED = ("path_and_space", "average")
"""What a side computes once."""


@dataclass(frozen=True)
class Side:
    """A call in one dtype under one rule: its path, and Σ_k w_k ∇F along it."""

    call: Call
    dtype: torch.dtype
    rule: Rule
    numbers: Numbers

    @cached_property
    def path_and_space(self) -> tuple[Path, Space]:
        """The path, flat, and the space that it lies in."""
        return self.call.path(self.dtype)

    @property
    def path(self) -> Path:
        return self.path_and_space[0]

    @property
    def delta(self) -> Tensor:
        """x − x', flat."""
        return self.path.x - self.path.baseline

    @cached_property
    def average(self) -> PathSum:
        """Σ_k w_k ∇F, flat, with F at both ends."""
        return self.path.sum(self.rule, torch.ones_like(self.path.x))

    @property
    def sum(self) -> PathSum:
        """The attribution, flat, with the magnitude that it was summed from."""
        return self.average.times(self.delta)

    @property
    def attribution(self) -> Tensor:
        """Of full shape, flat, in float64."""
        return self.sum.attribution.double()

    @property
    def scores(self) -> Tensor:
        """The attribution in the form of the numbers."""
        return self.numbers.like(self.attribution)

    def of(self, call: Call) -> Side:
        """Another call, in the same dtype under the same rule."""
        return Side(call, self.dtype, self.rule, self.numbers)

    def under(self, rule: Rule) -> Side:
        """The same call under another rule. The ends are not computed again."""
        other = Side(self.call, self.dtype, rule, self.numbers)
        other.__dict__["path_and_space"] = self.path_and_space
        return other

    def printed(self, resolution: float) -> Side:
        """The same side, for numbers that were printed to that resolution. Nothing is computed again."""
        other = Side(self.call, self.dtype, self.rule, replace(self.numbers, resolution=resolution))
        other.__dict__.update({name: self.__dict__[name] for name in COMPUTED if name in self.__dict__})
        return other

    def magnitude(self) -> Tensor:
        """Σ|terms| + |F(x)| + |F(x')| for each example: (batch,)."""
        found = self.sum
        return totals(found.magnitude).double() + found.end.abs().double() + found.start.abs().double()


@dataclass(frozen=True)
class Sides:
    """The float64 side, and the side whose rounding is measured: float32, or the call's own half precision."""

    exact: Side
    rounded: Side

    @property
    def numbers(self) -> Numbers:
        return self.exact.numbers

    @property
    def half(self) -> bool:
        """Whether the call computes in half precision: the right value is then that of the same dtype."""
        return torch.finfo(self.rounded.dtype).bits == 16

    def printed(self, resolution: float) -> Sides:
        """The same sides, for numbers that were printed to that resolution."""
        return Sides(self.exact.printed(resolution), self.rounded.printed(resolution))

    def value(self, reading: Reading = lambda side: side.scores) -> Value:
        """The value that a reading gives, with the rounding that this path alone shows."""
        exact, rounded = reading(self.exact), reading(self.rounded)
        unit = self._unit((rounded - exact).abs())
        return Value(rounded if self.half else exact, unit, self.exact.magnitude())

    def sampled(self) -> Value:
        """The attribution, with the rounding of the path and of others beside it."""
        nudges = (torch.finfo(self.rounded.dtype).eps,) if self.half else NUDGES
        differences = [(self.rounded.attribution - self.exact.attribution).abs()]
        differences += [_beside(self.exact, self.rounded, nudge) for nudge in nudges]
        difference = torch.stack(differences).amax(0)
        right = self.rounded if self.half else self.exact
        weights = self.exact.rule.weights_error * self.numbers.like(self.exact.sum.steepest.double()).amax(1)
        return Value(right.scores, self._unit(self.numbers.like(difference)), self.exact.magnitude(), weights)

    def _unit(self, difference: Tensor) -> Tensor:
        return difference.amax(1)


def _beside(exact: Side, rounded: Side, nudge: float) -> Tensor:
    """|rounded − exact| on the path beside the path at that distance: (batch, numbers)."""
    sums = []
    for side in (exact, rounded):
        near = side.path.with_neighbours((nudge,))
        examples = side.call.examples
        path = Path(near.field, near.x[examples:], near.baseline[examples:], form=near.form)
        sums.append(path.sum(side.rule).attribution.double())
    return (sums[1] - sums[0]).abs()


def without_float64(side: Side, nudges: Sequence[int] = (1, 2, 3)) -> Value:
    """The value of a float32 side whose float64 copy is not finite: its rounding is sampled beside the path alone."""
    differences = []
    for seed in nudges:
        generator = torch.Generator().manual_seed(seed)
        signs = torch.randint(0, 2, side.path.x.shape, generator=generator) * 2 - 1
        factor = 1 + torch.finfo(side.dtype).eps * signs
        path = Path(side.path.field, side.path.x * factor, side.path.baseline * factor, form=side.path.form)
        differences.append((path.sum(side.rule).attribution.double() - side.attribution).abs())
    difference = torch.stack(differences).amax(0)
    return Value(side.scores, side.numbers.like(difference).amax(1), side.magnitude())
