"""The model in another dtype: its own tensors hold other values for a while, and are as they were after.

A copy of the module would not do: the forward may close over the module, or over a part of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn


class Copies:
    """The parameters and buffers of some modules, in any dtype, on CPU."""

    def __init__(self, modules: tuple[nn.Module, ...]) -> None:
        found = {id(one): one for module in modules for one in (*module.parameters(), *module.buffers())}
        self.own = list(found.values())
        self._lent: dict[torch.dtype, list[Tensor]] = {}

    @contextmanager
    def holding(self, dtype: torch.dtype) -> Iterator[None]:
        """Floating tensors hold their values in `dtype` inside."""
        if dtype not in self._lent:
            self._lent[dtype] = [converted(one.data, dtype) for one in self.own]
        before = [one.data for one in self.own]
        try:
            for one, value in zip(self.own, self._lent[dtype], strict=True):
                one.data = value
            yield
        finally:
            for one, value in zip(self.own, before, strict=True):
                one.data = value


def converted(value: Any, dtype: torch.dtype) -> Any:
    """Floating tensors in `dtype`, all tensors on CPU, also inside tuples, lists and dicts; the rest unchanged."""
    if isinstance(value, Tensor):
        return value.detach().to("cpu", dtype) if value.is_floating_point() else value.detach().cpu()
    return mapped(value, lambda inner: converted(inner, dtype))


def tiled(value: Any, examples: int, times: int) -> Any:
    """Tensors with one row for each example, repeated; also inside tuples, lists and dicts; the rest unchanged."""
    if isinstance(value, Tensor):
        if times > 1 and value.dim() and len(value) == examples:
            return value.repeat(times, *(1,) * (value.dim() - 1))
        return value
    return mapped(value, lambda inner: tiled(inner, examples, times))


def mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """A tuple, list or dict with each element changed; the rest unchanged."""
    if type(value) in (tuple, list):
        return type(value)(change(inner) for inner in value)
    if type(value) is dict:
        return {key: change(inner) for key, inner in value.items()}
    return value


def modules_of(forward: Any, model: nn.Module | None) -> tuple[nn.Module, ...]:
    """The modules that a forward computes with: `model`, the forward itself, and those that it refers to by name."""
    found = [] if model is None else [model]
    if isinstance(forward, nn.Module):
        found.append(forward)
    bound = getattr(forward, "__self__", None)
    if isinstance(bound, nn.Module):
        found.append(bound)
    if inspect.isfunction(forward):
        try:
            names = inspect.getclosurevars(forward)
        except (TypeError, ValueError):
            return tuple(found)
        found += [one for one in (*names.nonlocals.values(), *names.globals.values()) if isinstance(one, nn.Module)]
    return tuple(found)
