"""Whether a float64 model computes in float32 inside: RMSNorm and eager attention of LLaMA's kin, T5 and ModernBERT do.

Such a function is only float32-smooth: an ulp of a point decides how a cast rounds. Two evaluations a small step apart
do not show it, because the cast rounds the step away. Therefore the casts themselves are counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from reference.built_problem import BuiltProblem
from reference.oracle.path_integral import ScalarField
from reference.oracle.precision import highest


class Narrowing(TorchFunctionMode):
    """Counts calls of torch that get a float64 tensor which needs a gradient, and return a narrower float tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.count: int = 0

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.is_floating_point() and result.dtype != torch.float64:
            given = (*args, *(kwargs or {}).values())
            self.count += any(
                isinstance(one, Tensor) and one.dtype == torch.float64 and one.requires_grad for one in given
            )
        return result


@highest()
def narrowings(field: ScalarField, model: nn.Module, points: Tensor) -> int:
    """How often a float64 value between the points and F becomes narrower. Shapes: points (rows, …), float64."""
    mode = Narrowing()
    with frozen(model), torch.enable_grad(), field.around(leaf := points.detach().clone().requires_grad_()), mode:
        field.value(leaf)
    return mode.count


def representable(built: BuiltProblem) -> bool:
    """Whether float32 can represent the weights: a point of a path can then lie half-way between two numbers."""
    return all(torch.equal(parameter, parameter.float().to(parameter.dtype)) for parameter in built.model.parameters())


@contextmanager
def frozen(model: nn.Module) -> Iterator[None]:
    """No parameter needs a gradient inside."""
    flags = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    model.requires_grad_(False)
    try:
        yield
    finally:
        for parameter, flag in flags:
            parameter.requires_grad_(flag)
