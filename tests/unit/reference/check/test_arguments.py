"""Arguments, numbers and deltas may have every form that they have in practice."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from reference.check import Verdict
from tests.subjects.textbook import Textbook
from tests.unit.reference.check.checked import ZERO, X, check, in_float32_weights


@pytest.mark.parametrize(
    "target",
    [1, [1, 0], torch.tensor([1, 0]), torch.tensor(1), torch.tensor([1]), (1,)],
    ids=["int", "list", "tensor", "scalar tensor", "tensor of one", "tuple of one"],
)
def test_target_may_have_any_form(target: Any) -> None:
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
    forward = lambda x: x.pow(3) @ weight.to(x)  # noqa: E731
    own = [1, 0] if isinstance(target, list) or (isinstance(target, Tensor) and target.numel() > 1) else 1
    right = Textbook.ig(forward, X, ZERO, target=own, n_steps=5)
    assert check(forward, right, target=target).right
    wrong = Textbook.ig(forward, X, ZERO, target=0, n_steps=5)
    assert check(forward, wrong, target=target).verdict is Verdict.WRONG


@pytest.mark.parametrize("baselines", [None, 0, 0.0, ZERO, ZERO[:1]], ids=["None", "0", "0.0", "full", "one example"])
def test_baselines_may_have_any_form(baselines: Any) -> None:
    assert check(lambda x: x.pow(2).sum(1), X**2, baselines=baselines).right


def test_several_inputs_lie_on_one_path() -> None:
    y = X[:, :2] + 1
    forward = lambda x, y: x.sum(1) * y.sum(1)  # noqa: E731
    total = (X.sum(1) * y.sum(1) / 2).unsqueeze(1)
    right = (X / X.sum(1, keepdim=True) * total, y / y.sum(1, keepdim=True) * total)
    assert check(forward, right, inputs=(X, y), baselines=None).right
    assert "input 1" in check(forward, (right[0], 2 * right[1]), inputs=(X, y), baselines=None).why


def test_floating_arguments_follow_the_dtype_and_others_do_not() -> None:
    met: set[tuple[torch.dtype, ...]] = set()

    def forward(x: Tensor, scale: Tensor, chosen: Tensor, power: int, nested: dict[str, Tensor]) -> Tensor:
        met.add((x.dtype, scale.dtype, nested["shift"].dtype, chosen.dtype))
        return (scale * x**power + nested["shift"])[torch.arange(len(x)), chosen]

    scale, shift = torch.tensor([[2.0], [3.0]]).double(), torch.tensor([[1.0], [2.0]]).double()
    right = torch.zeros_like(X)
    right[0, 0], right[1, 2] = 2 * X[0, 0] ** 3, 3 * X[1, 2] ** 3
    assert check(forward, right, additional_forward_args=(scale, torch.tensor([0, 2]), 3, {"shift": shift})).right
    assert met == {(dtype, dtype, dtype, torch.int64) for dtype in (torch.float32, torch.float64)}


def test_one_number_for_each_example_is_an_input() -> None:
    x = torch.tensor([1.0, 2.0])
    assert check(lambda x: x.pow(3), x.pow(3), inputs=x, accuracy=1e-3).right


def test_token_scores_are_attributions_without_the_last_dimension() -> None:
    x = torch.arange(-9.0, 15.0, dtype=torch.float64).reshape(2, 3, 4)
    forward = lambda x: x.pow(3).flatten(1).sum(1)  # noqa: E731
    assert check(forward, (x**3).sum(-1), inputs=x).right
    assert check(forward, (x**3).sum(-1).tolist(), inputs=x).right
    assert check(forward, (x[:1] ** 3).sum(-1)[0], inputs=x[:1]).right
    assert [m.name for m in check(forward, (x**3).mean(-1), inputs=x).mistakes] == ["mean for sum"]


@pytest.mark.parametrize("keepdim", [False, True])
def test_images_may_be_summed_over_their_channels(keepdim: bool) -> None:
    x = torch.arange(-13.0, 23.0, dtype=torch.float64).reshape(2, 3, 3, 2) / 10
    forward = lambda x: x.pow(3).flatten(1).sum(1)  # noqa: E731
    numbers = (x**3).sum(1, keepdim=keepdim)
    result = check(forward, numbers, inputs=x, accuracy=1e-3)
    assert result.right, result
    numbers[(1, 0, 2, 1) if keepdim else (1, 2, 1)] += 0.1
    result = check(forward, numbers, inputs=x)
    assert "example 1, row 2, column 1: got" in result.why
    assert "token" not in str(result)


def test_delta_is_the_gap() -> None:
    forward = lambda x: x.pow(4).sum(1)  # noqa: E731
    right, delta = Textbook.ig(forward, X, ZERO, n_steps=2, return_convergence_delta=True)
    assert check(forward, right, n_steps=2, delta=delta).right
    assert check(forward, (right, delta), n_steps=2).right
    assert "delta of example 1" in check(forward, right, n_steps=2, delta=delta + torch.tensor([0, 1e-6])).why


def test_delta_is_the_gap_of_the_numbers_at_hand() -> None:
    """Captum's numbers in float64 have weights in float32, and so has its delta."""
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    numbers = in_float32_weights(forward, X, "gausslegendre", 20)
    delta = numbers.sum(1) - (forward(X) - forward(ZERO))
    assert check(forward, numbers, n_steps=20, delta=delta).right
    result = check(forward, numbers, n_steps=20, delta=torch.zeros(2))
    assert result.verdict is Verdict.WRONG
    assert "delta of example" in result.why


def test_delta_may_be_older_than_the_rounding_of_the_numbers() -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    numbers, delta = Textbook.ig(forward, X, ZERO, n_steps=20, return_convergence_delta=True)
    result = check(forward, (numbers * 1000).round() / 1000, n_steps=20, delta=delta)
    assert result.right, result


def test_gap_of_a_wrong_delta_is_the_gap_that_is_printed() -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    x = X.float()
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=50)
    result = check(forward, right, inputs=x, n_steps=50, delta=torch.tensor([0.3, 0.0]))
    assert result.gap is not None
    assert result.why.endswith(f"F(x')) is {float(result.gap[0]):.6g}")
