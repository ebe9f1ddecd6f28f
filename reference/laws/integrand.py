"""A forward whose gradient the law chooses, and which says where that gradient was taken.

It works under torch.func as well: `vjp`, and `vmap` of `grad`. There, tensors are wrapped, so the points are noted by a
function of their own, which torch calls with the tensors inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

FUNCTORCH = hasattr(torch.autograd.Function, "vmap")
"""Whether torch can transform an autograd.Function: since 2.0. Before, its forward takes the context."""

Slope = Callable[[Tensor], Tensor]


def integrand(slope: Slope, met: list[Tensor]) -> Callable[[Tensor], Tensor]:
    """A forward (rows, features) → (rows,) whose gradient is slope(points); `met` collects where it is taken."""

    class Noting(torch.autograd.Function):
        """The points as they are: each call adds them to `met`."""

        @staticmethod
        def forward(*given: Any) -> Tensor:
            points: Tensor = given[-1]
            met.append(points.detach().cpu().double())
            return points.clone()

        @staticmethod
        def setup_context(*given: Any) -> None:
            """Nothing to keep: it is never differentiated."""

        @staticmethod
        def vmap(info: Any, dims: tuple[int], points: Tensor) -> tuple[Tensor, int]:
            """One call for all rows of all batches."""
            batches = points.movedim(dims[0], 0)
            noted = Noting.apply(batches.flatten(0, 1))  # type: ignore[no-untyped-call]
            return noted.unflatten(0, batches.shape[:2]), 0

    class Integrand(torch.autograd.Function):
        """The sum of the features, with another gradient."""

        generate_vmap_rule = True

        @staticmethod
        def forward(*given: Any) -> Tensor:
            if not FUNCTORCH:
                given[0].save_for_backward(given[1])
            total: Tensor = given[-1].sum(1)
            return total

        @staticmethod
        def setup_context(context: Any, inputs: tuple[Tensor], output: Tensor) -> None:
            context.save_for_backward(*inputs)

        @staticmethod
        def backward(context: Any, *outputs: Tensor) -> Tensor:
            (points,) = context.saved_tensors
            noted: Tensor = Noting.apply(points)  # type: ignore[no-untyped-call]
            return outputs[0].unsqueeze(1) * slope(noted)

    def forward(points: Tensor) -> Tensor:
        result: Tensor = Integrand.apply(points)  # type: ignore[no-untyped-call]
        return result

    return forward
