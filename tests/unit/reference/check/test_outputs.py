"""Numbers of another output than the target's, if the model has many outputs and the rule has too few steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from reference.check import CheckResult, check_integrated_gradients
from tests.plugin.night import some
from tests.subjects.textbook import Textbook

OUTPUTS = 40
STEPS = 3
X = torch.linspace(-2, 2, 12).reshape(2, 6)
BASELINE = torch.zeros(2, 6)


def steep(matrix: Tensor) -> Callable[[Tensor], Tensor]:
    """Forty outputs that three steps are far from integrating."""
    return lambda x: (3 * x @ matrix.to(x)).tanh().cumsum(-1) + (x @ matrix.to(x)).sin()


FORWARD = steep(torch.randn(6, OUTPUTS, generator=torch.Generator().manual_seed(0)))


def numbers_of(target: int, forward: Callable[[Tensor], Tensor] = FORWARD) -> Tensor:
    found: Tensor = Textbook.ig(forward, X, BASELINE, target=target, n_steps=STEPS)
    return found


def checked(numbers: Tensor) -> CheckResult:
    return check_integrated_gradients(FORWARD, X, BASELINE, numbers, target=0, n_steps=STEPS, method="gausslegendre")


@pytest.mark.parametrize("target", some(range(1, OUTPUTS, 6), every=3))
def test_wrong_target_among_many_is_named(target: int) -> None:
    named = [str(mistake) for mistake in checked(numbers_of(target)).mistakes]
    assert f"wrong target: the target is {target}" in named


@pytest.mark.parametrize("other", some(range(1, OUTPUTS, 6), every=3))
def test_contrast_with_one_of_many_outputs_is_named(other: int) -> None:
    numbers = numbers_of(0, lambda x: FORWARD(x) - FORWARD(x)[:, [other]])
    named = [str(mistake) for mistake in checked(numbers).mistakes]
    assert f"a difference of outputs: F is output 0 minus output {other}" in named
