"""`check` judges a small function on the path from zero to X."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reference.check import CheckResult, check_integrated_gradients
from reference.oracle.quadrature import rule
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


def in_float32_weights(forward: Callable[..., Any], x: Tensor, method: str, n_steps: int) -> Tensor:
    """IG from zero to x by a rule whose weights are rounded to float32, as Captum's are since 0.8: from NumPy's."""
    own = rule(method, n_steps)
    weights = np.polynomial.legendre.leggauss(n_steps)[1] / 2 if method == "gausslegendre" else np.array(own.weights)
    points = torch.tensor(own.nodes, dtype=x.dtype).reshape(-1, 1, 1) * x
    leaf = points.flatten(0, 1).requires_grad_()
    (gradient,) = torch.autograd.grad(forward(leaf).sum(), leaf)
    rounded = torch.from_numpy(weights).float().to(x.dtype).reshape(-1, 1, 1)
    found: Tensor = (rounded * gradient.unflatten(0, (n_steps, -1))).sum(0) * x
    return found


def check(forward: Callable[..., Any], attributions: Any = None, **given: Any) -> CheckResult:
    """The check, of textbook if nothing else is given, from zero to X if nothing else is given; of values alone."""
    own = {"inputs": X, "baselines": None, "n_steps": 5, "accuracy": None, **given}
    numbers = partial(Textbook.ig, forward) if attributions is None else attributions
    return check_integrated_gradients(forward, own.pop("inputs"), own.pop("baselines"), numbers, **own)
