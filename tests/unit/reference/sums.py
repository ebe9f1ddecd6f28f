"""A sum along a path against its exact value, to rounding."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from torch import Tensor

from reference.oracle.path_integral import ScalarField
from reference.oracle.quadrature import METHODS
from tests.unit.reference.exact import ULP

every_method = pytest.mark.parametrize("method", METHODS)


def scalar(forward: Callable[..., Tensor], examples: int = 1) -> ScalarField:
    return ScalarField(forward, (), None, examples)


def double(*values: Fraction | float) -> Tensor:
    return torch.tensor([[float(value) for value in values]], dtype=torch.float64)


def roundings(n: int, degree: int, size: Fraction) -> float:
    """How far a sum of n terms w ∂F Δ may lie from its exact value, ∂F a product of fewer than `degree` factors
    x' + αΔ, all terms together at most `size` even if nothing cancels.

    Each step: 2 ulps for its weight, 1 for its addition. Each factor: 2 for its node, 1 for Δ, for αΔ, for the sum
    with x', and for its product with the others. At the end: two products, and what it is compared to.
    """
    return (3 * n + 6 * degree + 3) * ULP * float(size)


def assert_right(got: Tensor, expected: list[Fraction], budgets: list[float]) -> None:
    assert got.shape == (1, len(expected))
    for value, right, budget in zip(got[0].tolist(), expected, budgets, strict=True):
        assert abs(Fraction(value) - right) <= budget
