"""A right value of a problem, and how far a right result may lie from it.

Each value is computed in float64 and in float32, along the path and along others beside it: the largest distance of
the two measures the problem's conditioning.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from reference.oracle.budget import DOUBLE_PER_SINGLE, UNITS, Budget, floor, rounding
from reference.oracle.path_integral import PathSum, totals


@dataclass(frozen=True)
class Expected:
    """A right result with its conditioning.

    Shapes   attribution and difference (batch, …), float64; the others (batch,)
    `difference` is the largest |float32 − float64|, over the path and those beside it. The path's alone made 1 false
    alarm in 20,765 examples; with float64 alone an ulp beside it, 1 in 423,432; with both, but an ulp beside it, 1 in
    648,000. As it is, none in 864,000, the worst at half of its budget.
    """

    attribution: Tensor
    difference: Tensor
    change: Tensor
    change_difference: Tensor
    magnitude: Tensor
    dtype: torch.dtype
    device: str = "cpu"
    narrow: bool = False

    @property
    def of_rows(self) -> Expected:
        """The same for (batch · rows, …), where each example has several rows: (batch, rows, …)."""
        rows = self.attribution.shape[1]
        return Expected(
            attribution=self.attribution.flatten(0, 1),
            difference=self.difference.flatten(0, 1),
            change=self.change.repeat_interleave(rows),
            change_difference=self.change_difference.repeat_interleave(rows),
            magnitude=self.magnitude.repeat_interleave(rows),
            dtype=self.dtype,
            device=self.device,
            narrow=self.narrow,
        )

    def of(self, rows: Tensor) -> Expected:
        """The same for these examples only: (batch,) bool."""
        return Expected(
            **{
                field.name: getattr(self, field.name)[rows]
                for field in fields(self)
                if isinstance(getattr(self, field.name), Tensor)
            },
            dtype=self.dtype,
            device=self.device,
            narrow=self.narrow,
        )

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

    @property
    def between_functions(self) -> Expected:
        """The same with the budgets of a comparison that no rounding of F cancels in: with the exact integral, or with
        another function's gradients. A model that computes in float32 inside has float32's class there.
        """
        return replace(self, dtype=torch.float32) if self.narrow and self.dtype == torch.float64 else self

    def _rounding(self, unit: Tensor) -> Budget:
        return rounding(unit, self.magnitude, self.dtype, self.device)


def conditioned(
    float64: PathSum,
    float32: PathSum,
    examples: int,
    dtype: torch.dtype,
    device: str = "cpu",
    *,
    weights_error: float = 0.0,
    narrow: bool = False,
) -> Expected:
    """The first float64 sum, and how far the float32 sums lie at most from the float64 ones of the same paths.

    Shapes   both sums (paths · examples, …), path after path
    In float64, another right implementation may have other weights than the oracle, by `weights_error` in all: each
    element differs by what makes its budget that much larger.
    In half precision, where a right result is the low sum and few samples are taken, all of them can be lucky: each
    element then differs by at least what makes its budget the floor of its own terms.
    """

    def of_each_path(values: Tensor) -> Tensor:
        rows: Tensor = values.double().unflatten(0, (-1, examples))
        return rows

    right, end, start = map(of_each_path, (float64.attribution, float64.end, float64.start))
    rounded, rounded_end, rounded_start = map(of_each_path, (float32.attribution, float32.end, float32.start))
    difference = (rounded - right).abs().amax(0)
    if torch.finfo(dtype).bits == 16:
        difference = torch.maximum(difference, floor(of_each_path(float64.magnitude)[0], dtype) / UNITS)
    elif dtype == torch.float64:
        difference = difference + weights_error * of_each_path(float64.steepest)[0] / (UNITS * DOUBLE_PER_SINGLE)
    return Expected(
        attribution=right[0],
        difference=difference,
        change=(end - start)[0],
        change_difference=((rounded_end - end).abs() + (rounded_start - start).abs()).amax(0),
        magnitude=totals(of_each_path(float64.magnitude)[0]) + end[0].abs() + start[0].abs(),
        dtype=dtype,
        device=device,
        narrow=narrow,
    )
