"""Without a float64 copy there are necessary conditions, and no more is said of them."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reference.check import CheckResult, Verdict, check_integrated_gradients, soundness
from tests.subjects.textbook import Textbook

X = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


class Single(nn.Module):
    """A model that runs in float32 alone, as quantised weights do."""

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != torch.float32:
            raise TypeError("float32 only")
        return (1.5 * x).tanh().sum(1)


def check(attribute: Any, model: nn.Module | None = None) -> CheckResult:
    model = Single().eval() if model is None else model
    return check_integrated_gradients(model, X, torch.zeros_like(X), attribute)


def test_right_implementation_passes_the_conditions_and_is_not_called_right() -> None:
    result = check(partial(Textbook.ig, Single()))
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "Two necessary conditions pass" in result.why


def test_wrong_factor_fails_a_condition() -> None:
    result = check(lambda *ends, **how: 2 * Textbook.ig(Single(), *ends, **how))
    assert result.verdict is Verdict.WRONG
    assert "right(n) − left(n)" in result.why


def test_trapezoid_over_n_fails_a_condition() -> None:
    def attribute(*ends: Any, method: str, n_steps: int, **how: Any) -> Tensor:
        found: Tensor = Textbook.ig(Single(), *ends, method=method, n_steps=n_steps, **how)
        return found * (n_steps - 1) / n_steps if method == "riemann_trapezoid" else found

    result = check(attribute)
    assert result.verdict is Verdict.WRONG
    assert "trapezoid(n + 1)" in result.why


def test_numbers_alone_cannot_be_judged_without_a_copy() -> None:
    result = check(X)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "forward does not run in float64" in result.why


def test_model_too_large_for_a_copy_gets_the_conditions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soundness, "available_bytes", lambda: 0)
    model = nn.utils.skip_init(nn.Linear, 3, 1)
    with torch.no_grad():
        model.weight.fill_(0.5)
        model.bias.fill_(0.0)
    result = check_integrated_gradients(model, X, None, partial(Textbook.ig, model), target=0)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "the float64 and float32 copies of the model need" in result.why
