"""The rule of the numbers: named if the user did not tell it, and judged by its own steps."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from reference.check import NotConverged, Verdict
from reference.check.integral import JUMP
from reference.oracle.budget import floor
from reference.oracle.quadrature import METHODS
from tests.subjects.textbook import Textbook
from tests.unit.reference.check.checked import ZERO, X, check


def test_too_few_steps_are_not_converged() -> None:
    result = check(lambda x: x.pow(8).sum(1), n_steps=2, accuracy=1e-3)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert result.n_steps == 4
    assert result.integral_error is not None
    rounding = floor((X**8).sum(1), torch.float64)
    assert bool(((result.integral - X**8).abs().amax(1) <= result.integral_error + rounding).all())
    with pytest.raises(NotConverged, match="n_steps: 4 steps of gausslegendre"):
        result.raise_for_status()


def test_jump_of_f_is_located() -> None:
    forward = lambda x: (x.pow(2).sum(1) + (x.sum(1) > 0.6).to(x)) * 1.0  # noqa: E731
    result = check(forward, inputs=X[:1], accuracy=1e-3)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert result.n_steps is None
    assert result.jump == pytest.approx(0.4, abs=JUMP)


@pytest.mark.parametrize("numbers", [0 * X, -(X**2)], ids=["zeros", "negative"])
def test_right_rule_is_found_if_none_was_told(numbers: Tensor) -> None:
    forward = lambda x: x.pow(4).sum(1)  # noqa: E731
    right = Textbook.ig(forward, X, ZERO, n_steps=20, method="riemann_right")
    result = check(forward, right, n_steps=None, accuracy=0.3)
    assert result.verdict is Verdict.RIGHT
    assert "riemann_right in 20 steps" in result.remarks[0]
    assert check(forward, numbers, n_steps=None, accuracy=0.3).verdict is Verdict.WRONG


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_steps", [2, 3, 5])
def test_rule_that_was_not_told_is_named_and_judged_by_its_own_steps(method: str, n_steps: int) -> None:
    forward = lambda x: x.pow(6).sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=n_steps, method=method)
    result = check(forward, numbers, n_steps=None, accuracy=1e-4)
    if result.verdict is Verdict.NOT_CONVERGED:
        assert result.why.startswith(f"{n_steps} steps of {method} miss the integral")
        assert method in result.steps
    else:
        assert result.right, result


@pytest.mark.parametrize("method", METHODS)
def test_rule_is_found_if_convergence_is_not_judged(method: str) -> None:
    forward = lambda x: x.pow(6).sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=20, method=method)
    result = check(forward, numbers, n_steps=None, accuracy=None)
    assert result.verdict is Verdict.RIGHT, result
    told = check(forward, numbers, n_steps=10, method="gausslegendre", accuracy=None)
    if told.verdict is not Verdict.RIGHT:  # ten nodes of Gauss and Legendre integrate this polynomial exactly
        assert f"{method} in 20 steps" in told.mistakes[0].sentence


def test_captums_default_is_named_if_many_numbers_of_steps_give_the_same() -> None:
    forward = lambda x: x.exp().sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=50, method="gausslegendre")
    result = check(forward, numbers, n_steps=1, method="gausslegendre")
    assert result.mistakes[0].sentence.startswith("these are the numbers of gausslegendre in 50 steps")


@pytest.mark.parametrize(("count", "parts"), [(20, 20), (20, 19), (21, 21), (21, 20)])
def test_equal_weights_from_end_to_end_are_named(count: int, parts: int) -> None:
    """The mean of the gradients at linspace(0, 1, count), or their sum over the number of intervals."""
    alphas = torch.linspace(0, 1, count, dtype=torch.float64).reshape(-1, 1, 1)
    numbers = (alphas * X).exp().sum(0) / parts * X
    result = check(lambda x: x.exp().sum(1), numbers, n_steps=20)
    assert result.verdict is Verdict.WRONG
    assert f"the {count} nodes from 0 to 1 have equal weights 1/{parts}" in str(result.mistakes[0])


def test_one_gradient_is_told_to_be_no_path() -> None:
    result = check(lambda x: x.pow(6).sum(1), 6 * X**6, n_steps=None, accuracy=1e-3)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert "riemann_right in 1 step, which is the gradient at the input times" in result.remarks[0]
    assert result.why.startswith("1 step of riemann_right misses the integral")


def test_another_rule_than_was_told_is_wrong() -> None:
    forward = lambda x: x.pow(6).sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=20, method="riemann_left")
    result = check(forward, numbers, n_steps=None, method="riemann_right", accuracy=0.5)
    assert result.verdict is Verdict.WRONG
    assert result.mistakes


def test_rule_that_is_not_found_is_asked_for() -> None:
    result = check(lambda x: x.pow(6).sum(1), X + 0.3, n_steps=None, accuracy=1e-4)
    assert result.verdict is Verdict.WRONG
    assert any("pass method= and n_steps=" in remark for remark in result.remarks)
