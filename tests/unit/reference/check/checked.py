"""`check` judges a small function on the path from zero to X."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reference.check import CheckResult, check_integrated_gradients
from tests.subjects.textbook import Textbook

X = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=torch.float64)
ZERO = torch.zeros_like(X)


class Matrix(nn.Module):
    """x ↦ x W, one number for each example where W has one column."""

    def __init__(self, *columns: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(columns, dtype=torch.float64).T)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


def check(forward: Callable[..., Any], attributions: Any = None, **given: Any) -> CheckResult:
    """The check, of textbook if nothing else is given, from zero to X if nothing else is given; of values alone."""
    own = {"inputs": X, "baselines": None, "n_steps": 5, "accuracy": None, **given}
    numbers = partial(Textbook.ig, forward) if attributions is None else attributions
    return check_integrated_gradients(forward, own.pop("inputs"), own.pop("baselines"), numbers, **own)
