"""What the attributions of a problem must be, and how far a right result may lie from them.

Each value is computed twice, in float64 and in float32: their difference measures the problem's conditioning.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from reference import layers
from reference.budget import Budget, rounding
from reference.path_integral import Integral, PathSum, ScalarField, along_curve, converged, integrate, totals
from reference.problem import Place, Problem, Setting
from reference.quadrature import Rule


@dataclass(frozen=True)
class Path:
    """F and both ends of a straight path, in one dtype: a `ScalarField`, x and x' (batch, …)."""

    field: ScalarField
    x: Tensor
    baseline: Tensor

    def sum(self, rule: Rule, factor: Tensor | None = None) -> PathSum:
        return integrate(self.field, self.x, self.baseline, rule, factor)

    def ends(self) -> tuple[Tensor, Tensor]:
        """F(x), F(x'): (batch,) each."""
        return self.field(self.x), self.field(self.baseline)


def input_path(setting: Setting, target: object) -> Path:
    """From the baseline's to the input's word embeddings."""
    entry = setting.embeddings
    return Path(layers.whole(entry, target), entry.inputs, entry.baselines)


def layer_path(setting: Setting, place: Place, target: object) -> Path:
    """From the baseline's to the input's value at `place`, through the rest of the model."""
    entry, module = setting.layered, place.module(setting.model)
    field = layers.rest(module, entry, target, at_input=place.at_input)
    return Path(field, *layers.activations(module, entry, at_input=place.at_input))


@dataclass(frozen=True)
class Expected:
    """A right result with its conditioning.

    Shapes   attribution and difference = |float32 − float64| (batch, …), float64; the others (batch,)
    """

    attribution: Tensor
    difference: Tensor
    change: Tensor
    change_difference: Tensor
    magnitude: Tensor
    dtype: torch.dtype

    @property
    def elements(self) -> Budget:
        """Of each element of the attribution."""
        return self._rounding(self.difference.flatten(1).amax(1))

    @property
    def tokens(self) -> Budget:
        """Of each token score, the sum over the embedding dimension."""
        return self._rounding(self.difference.sum(-1).flatten(1).amax(1))

    @property
    def total(self) -> Budget:
        """Of each example's total."""
        return self._rounding(totals(self.difference))

    @property
    def gap(self) -> Budget:
        """Of each example's completeness gap: the total and both values of F."""
        return self._rounding(totals(self.difference) + self.change_difference)

    def _rounding(self, unit: Tensor) -> Budget:
        return rounding(unit, self.magnitude, self.dtype)


@dataclass(frozen=True)
class Oracle:
    """The right answers to one problem, under one rule."""

    problem: Problem
    rule: Rule
    wide: Setting
    narrow: Setting

    @classmethod
    def of(cls, problem: Problem, rule: Rule) -> Oracle:
        return cls(problem, rule, problem.build("float64"), problem.build("float32"))

    def ig(self) -> Expected:
        """IG on `inputs_embeds`."""
        target = self.problem.call.target
        return self.expected(input_path(self.wide, target), input_path(self.narrow, target))

    def lig(self, place: Place) -> Expected:
        """LIG at `place`."""
        target = self.problem.call.target
        return self.expected(layer_path(self.wide, place, target), layer_path(self.narrow, place, target))

    def integral(self, place: Place | None = None) -> Integral:
        """The converged integral on `inputs_embeds`, or at `place`."""
        target = self.problem.call.target
        path = layer_path(self.wide, place, target) if place else input_path(self.wide, target)
        return converged(path.field, path.x, path.baseline)

    def table(self, place: Place, table: Place) -> Expected:
        """The part of `table` in a joint path that meets at `place`: Σ_k w_k ∇F(h(α_k)) ⊙ Δ of the table's output."""
        sums, ends = [], []
        for setting in (self.wide, self.narrow):
            path = layer_path(setting, place, self.problem.call.target)
            x, baseline = layers.activations(table.module(setting.model), setting.layered)
            sums.append(path.sum(self.rule, factor=x - baseline))
            ends.append(path.ends())
        return self._expected(sums, ends)

    def curve(self, place: Place, bend: Callable[[Setting], Callable[[Tensor], Tensor]]) -> Expected:
        """The sum along the curve bend(x' + αΔ) of the word embeddings, through the rest of the model from `place`."""
        sums, ends = [], []
        for setting in (self.wide, self.narrow):
            entry = setting.embeddings
            field = layers.rest(place.module(setting.model), entry, self.problem.call.target)
            sums.append(along_curve(field, bend(setting), entry.inputs, entry.baselines, self.rule))
            ends.append(input_path(setting, self.problem.call.target).ends())
        return self._expected(sums, ends)

    def expected(self, wide: Path, narrow: Path) -> Expected:
        """The rule's sum along `wide`, conditioned by `narrow`: the same path in float32."""
        return self._expected([path.sum(self.rule) for path in (wide, narrow)], [wide.ends(), narrow.ends()])

    def _expected(self, sums: list[PathSum], ends: list[tuple[Tensor, Tensor]]) -> Expected:
        right, single = sums
        (end, start), (end_single, start_single) = ends
        return Expected(
            attribution=right.attribution,
            difference=(single.attribution.double() - right.attribution).abs(),
            change=end - start,
            change_difference=(end_single.double() - end).abs() + (start_single.double() - start).abs(),
            magnitude=totals(right.magnitude) + end.abs() + start.abs(),
            dtype=self.problem.dtype,
        )
