"""What is known of wrong numbers, and whether a candidate explains them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from torch import Tensor, nn

from reference.check.field import Call
from reference.check.integral import Integral
from reference.check.mistakes.candidate import Candidate, in_float32
from reference.check.mistakes.predicted import Predicted
from reference.check.mistakes.totals import Outputs
from reference.check.numbers import Numbers, Value
from reference.check.sides import Side, Sides
from reference.check.unsound import Unsound
from reference.oracle.budget import rounding

DISTINCT = 4
"""A hypothesis explains numbers only if the right value lies at least this many of its budgets away from them."""

LOOSE = 0.1
"""How far the total of the numbers may lie from a candidate's change of F, as a share of the largest of them."""

ROUGHER = 100
"""How much farther from its integral another call may be than the right one under the same rule."""

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
    integral: Integral
    model: nn.Module | None = None
    ids: Tensor | None = None
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

    @cached_property
    def outputs(self) -> Outputs | None:
        """The total of each output of the model; None if there are too many, or if the model refuses."""
        try:
            return Outputs.of(self.sides.exact)
        except DOES_NOT_APPLY:
            return None

    @property
    def deviation(self) -> Tensor:
        """How far the numbers lie from the right value, at most: (batch,)."""
        return (self.numbers.flat - self.right.number).abs().amax(1)

    def explains(self, candidate: Candidate, *, unlikely: bool = False) -> bool:
        """Whether the candidate's numbers are these within its budget, and the right ones are not.

        A candidate that is not worth a whole path is asked only if `unlikely`.
        """
        try:
            if not (unlikely or self._likely(candidate)) or not self._possible(candidate):
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
            return float((_change(self._rounded(call)) - self.numbers.flat.sum(1)).abs().max())
        except DOES_NOT_APPLY:
            return float("inf")

    def _rounded(self, call: Call) -> Side:
        return self.sides.rounded.of(call)

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

    def unlikely(self, candidate: Candidate) -> bool:
        """Whether the candidate was left out only because its change of F is far from the total of the numbers."""
        try:
            return not self._likely(candidate) and self._possible(candidate)
        except DOES_NOT_APPLY:
            return False

    def function(self, candidate: Candidate) -> tuple[object, ...]:
        """What two candidates have in common only if they are the same function: its change at the same modules."""
        assert candidate.call is not None
        return (*_change(self._rounded(candidate.call)).tolist(), candidate.call.layers, candidate.call.at_input)

    def _possible(self, candidate: Candidate) -> bool:
        """Whether the candidate's rule, by the interpolated integrand, and its ends may give the numbers."""
        if candidate.rule is not None and self.predicted.far(candidate.rule) > 1:
            return False
        return candidate.call is None or self.numbers.impossible or not self.moves_off(self._rounded(candidate.call))

    def _likely(self, candidate: Candidate) -> bool:
        """Whether the candidate is worth a whole path: its change of F must be near the total of the numbers."""
        if candidate.likely is not None:
            return candidate.likely
        if candidate.call is None or self.numbers.impossible or self.off_the_path:
            return True
        change, total = _change(self._rounded(candidate.call)), self.numbers.flat.sum(1)
        largest = torch.maximum(change.abs(), self.numbers.flat.abs().amax(1))
        return bool(((change - total).abs() <= LOOSE * largest + 10 * self._gap).all())

    @cached_property
    def _gap(self) -> Tensor:
        """The size of the completeness gap of the right value: (batch,)."""
        right = self.sides.exact.sum
        return (right.attribution.double().sum(1) - (right.end - right.start).double()).abs()

    @cached_property
    def steps_are_missing(self) -> bool:
        """Whether the call's rule may be so far from another call's integral that its total says nothing."""
        return bool((self.integral.misses(self.sides.exact.rule) > LOOSE / ROUGHER).any())


def _change(side: Side) -> Tensor:
    end, start = side.path.ends()
    return (end - start).double()
