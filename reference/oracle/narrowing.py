"""Whether a float64 model computes in float32 inside: RMSNorm and eager attention of LLaMA's kin, T5 and ModernBERT do.

Such a function is only float32-smooth: an ulp of a point decides how a cast rounds. Two evaluations a small step apart
do not show it, because the cast rounds the step away. Therefore the casts themselves are counted.

Weights that float32 cannot represent make a value half-way between two float32 numbers rare, but not impossible: it
made 3 false alarms on 1,092 problems of Gemma 3, whose every layer has six norms. So these values are looked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from reference.built_problem import BuiltProblem
from reference.oracle.budget import DOUBLE_PER_SINGLE, UNITS, floor
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


class Casts(TorchFunctionMode):
    """Records what the calls that can change a dtype get, in order: the same calls in a float64 and a float32 run."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[Tensor, bool]] = []

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        first = args[0] if args else None
        if getattr(function, "__name__", "") in CASTING and isinstance(first, Tensor) and first.requires_grad:
            narrower = isinstance(result, Tensor) and torch.finfo(result.dtype).bits < torch.finfo(first.dtype).bits
            self.given.append((first.detach(), narrower))
        return result


Run = tuple[ScalarField, nn.Module, Tensor]
"""F, its model, and points (rows, …)."""

MASKED = 1e30
"""Scores from here on are those that a mask hides."""

CASTING = frozenset({"float", "to", "type", "type_as", "softmax"})
"""The names of torch's functions that return their tensor in a dtype."""


@highest()
def near_a_tie(float64: Run, float32: Run) -> bool:
    """Whether float64's rounding can decide a cast: some value is as good as half-way between two float32 numbers.

    How far rounding may move a value is measured as for a budget, by the same value in the float32 run.
    """
    exact, rounded = (_casts(*run) for run in (float64, float32))
    if len(exact) != len(rounded):
        return True
    return any(
        _any_near_a_tie(value, other)
        for (value, narrower), (other, _) in zip(exact, rounded, strict=True)
        if narrower and value.shape == other.shape
    )


def _casts(field: ScalarField, model: nn.Module, points: Tensor) -> list[tuple[Tensor, bool]]:
    mode = Casts()
    with frozen(model), torch.enable_grad(), field.around(leaf := points.detach().clone().requires_grad_()), mode:
        field.value(leaf)
    return mode.given


def _any_near_a_tie(exact: Tensor, rounded: Tensor) -> bool:
    nearest = exact.float()
    towards = torch.where(exact > nearest.double(), torch.inf, -torch.inf).float()
    middle = (nearest.double() + torch.nextafter(nearest, towards).double()) / 2
    # What a mask hides is the lowest number of the dtype.
    counted = (exact != 0) & (exact.abs() < MASKED)
    moved = torch.where(counted, (exact - rounded).abs(), 0.0).flatten(1).amax(1).reshape(-1, *(1,) * (exact.dim() - 1))
    by_rounding = UNITS * DOUBLE_PER_SINGLE * moved + floor(exact.abs(), torch.float64)
    return bool((((exact - middle).abs() <= by_rounding) & counted).any())


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
