"""A forward whose gradient is chosen: what a subject is differentiated at shows its nodes, and its weights.

Right subjects differentiate in many ways: by torch.autograd, by torch.func, one point at a time under vmap, in
forward mode. So the forward and its gradient are functions with a `setup_context`, with a rule for vmap that makes a
batch of points rows again, and with a directional derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Slope = Callable[[Tensor], Tensor]

OF_FUNCTORCH = hasattr(torch.autograd.Function, "vmap")
"""Since torch 2.0 a function says separately what it saves."""


def integrand(slope: Slope, met: list[Tensor]) -> Callable[[Tensor], Tensor]:
    """A forward (rows, features) → (rows,) whose gradient is slope(points); `met` collects where it is taken."""

    class Gradient(torch.autograd.Function):
        @staticmethod
        def forward(*given: Any) -> Tensor:
            points: Tensor = given[-1]
            met.append(points.detach().cpu().double())
            return slope(points)

        @staticmethod
        def setup_context(context: Any, inputs: Any, output: Any) -> None:
            context.mark_non_differentiable(output)

        @staticmethod
        def backward(context: Any, *outputs: Tensor) -> Any:
            return None

        @staticmethod
        def vmap(info: Any, dimensions: Any, points: Tensor) -> tuple[Tensor, int]:
            return _as_rows(Gradient, points, *dimensions)

    class Integrand(torch.autograd.Function):
        @staticmethod
        def forward(*given: Any) -> Tensor:
            points: Tensor = given[-1]
            if not OF_FUNCTORCH:
                given[0].save_for_backward(points)
            return points.sum(-1)

        @staticmethod
        def setup_context(context: Any, inputs: Any, output: Any) -> None:
            context.save_for_backward(*inputs)
            context.save_for_forward(*inputs)

        @staticmethod
        def backward(context: Any, *outputs: Tensor) -> Tensor:
            (points,) = context.saved_tensors
            gradient: Tensor = Gradient.apply(points)  # type: ignore[no-untyped-call]
            return outputs[0].unsqueeze(-1) * gradient

        @staticmethod
        def jvp(context: Any, *directions: Tensor) -> Tensor:
            """A point is met along its first feature: forward mode comes back to it for each of the others."""
            (points,) = context.saved_tensors
            (direction,) = directions
            met.append(points[direction[..., 0] != 0].detach().cpu().double())
            return (slope(points) * direction).sum(-1)

        @staticmethod
        def vmap(info: Any, dimensions: Any, points: Tensor) -> tuple[Tensor, int]:
            return _as_rows(Integrand, points, *dimensions)

    def forward(points: Tensor) -> Tensor:
        result: Tensor = Integrand.apply(points)  # type: ignore[no-untyped-call]
        return result

    return forward


def _as_rows(function: Any, points: Tensor, dimension: int) -> tuple[Tensor, int]:
    """The function of a batch of rows, all at once."""
    batch = points.movedim(dimension, 0)
    rows = batch.reshape(-1, batch.shape[-1])
    result: Tensor = function.apply(rows)
    return result.reshape(*batch.shape[:-1], *result.shape[1:]), 0
