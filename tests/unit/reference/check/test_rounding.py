"""Rounding is no error, and numbers that rounding hides are not judged."""

from __future__ import annotations

import pytest
import torch

from reference.check import Verdict
from reference.oracle.quadrature import rule
from tests.subjects.textbook import Textbook
from tests.unit.reference.check.checked import ZERO, Matrix, X, check


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_is_judged_by_its_own_rounding(dtype: torch.dtype) -> None:
    model, x = Matrix([0.3, -0.2, 0.5]).to(dtype), X.to(dtype)
    square = lambda y: y * y  # noqa: E731
    forward = lambda x: square((x * model.weight.T).sum(1, keepdim=True)) + x.sum(1, keepdim=True)  # noqa: E731
    right = Textbook.ig(forward, x, ZERO.to(dtype), target=0, n_steps=5)
    assert check(forward, right, inputs=x, model=model, target=0).right
    assert check(forward, -right, inputs=x, model=model, target=0).verdict is Verdict.WRONG


def test_half_precision_that_hides_everything_cannot_be_judged() -> None:
    forward = lambda x: (1000 * x).sin().sum(1)  # noqa: E731
    x = X.bfloat16() / 3
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=5)
    result = check(forward, right, inputs=x)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "rounding in bfloat16 may be as large as the attribution" in result.why


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.4])
@pytest.mark.parametrize("accuracy", [1e-3, None])
def test_no_size_of_numbers_is_right_if_half_of_them_would_pass(factor: float, accuracy: float | None) -> None:
    forward = lambda x: (300 * x).sin().sum(1)  # noqa: E731
    x = (X[:1] / 300 * 12).bfloat16()
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=5)
    result = check(forward, factor * right.float(), inputs=x, accuracy=accuracy)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "numbers of half the size would pass too" in result.why


def test_rounding_in_half_precision_is_no_missing_step() -> None:
    forward = lambda x: x.pow(3).sum(1)  # noqa: E731
    x = (1.1 * X).bfloat16()
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=50)
    assert not torch.equal(right.double(), x.double() ** 3)
    result = check(forward, right, inputs=x, n_steps=50, accuracy=1e-6)
    assert result.right, result
    assert any("smaller errors cannot be detected" in remark for remark in result.remarks)


def test_float32_weights_are_a_remark() -> None:
    right = rule("gausslegendre", 5)
    weights = torch.tensor(right.weights, dtype=torch.float32).double()
    forward = lambda x: x.tanh().pow(3).sum(1)  # noqa: E731
    points = torch.tensor(right.nodes, dtype=torch.float64).reshape(-1, 1, 1) * X
    gradient = 3 * points.tanh() ** 2 * (1 - points.tanh() ** 2)
    result = check(forward, (weights.reshape(-1, 1, 1) * gradient).sum(0) * X)
    assert result.right
    assert "except for float32 weights" in result.why
    assert "float32" in result.remarks[0]


@pytest.mark.parametrize("decimals", [1, 3])
def test_numbers_that_were_rounded_are_right_to_their_decimals(decimals: int) -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    rounded = (Textbook.ig(forward, X, ZERO, n_steps=20) * 10**decimals).round() / 10**decimals
    result = check(forward, rounded, n_steps=20)
    assert result.right, result
    assert f"right to {decimals} decimal{'s' * (decimals > 1)}:" in result.why
    moved = rounded.clone()
    moved[0, 1] += 10.0**-decimals
    assert check(forward, moved, n_steps=20).verdict is Verdict.WRONG


def test_rounding_that_hides_the_numbers_cannot_be_judged() -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    result = check(forward, Textbook.ig(forward, X, ZERO, n_steps=20).round(), n_steps=20)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "rounding to 0 decimals" in result.why
