"""The integrand of the rule laws has the chosen gradient, and notes its points, in every way of differentiating."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from reference.laws.integrand import integrand

POINTS = torch.arange(6.0).reshape(3, 2)

Gradient = Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]


def by_autograd(forward: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    leaf = points.clone().requires_grad_()
    return torch.autograd.grad(forward(leaf).sum(), leaf)[0]


def by_vjp(forward: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    values, pull, *_ = torch.func.vjp(forward, points)
    gradient: Tensor = pull(torch.ones_like(values))[0]
    return gradient


def by_vmap(forward: Callable[[Tensor], Tensor], points: Tensor) -> Tensor:
    """One row at a time."""
    return torch.func.vmap(torch.func.grad(lambda row: forward(row.unsqueeze(0)).sum()))(points)


@pytest.mark.skipif(not hasattr(torch, "func"), reason="torch.func came with torch 2.0")
@pytest.mark.parametrize("gradient", [by_autograd, by_vjp, by_vmap])
def test_gradient_is_the_slope_at_the_noted_points(gradient: Gradient) -> None:
    met: list[Tensor] = []
    assert torch.equal(gradient(integrand(lambda points: points**2, met), POINTS), POINTS**2)
    assert torch.equal(torch.cat(met), POINTS.double())


def test_forward_alone_notes_nothing() -> None:
    met: list[Tensor] = []
    assert torch.equal(integrand(torch.ones_like, met)(POINTS), POINTS.sum(1))
    assert met == []
