"""The model in another dtype: its own tensors hold other values for a while, and are as they were after.

A copy of the module would not do: the forward may close over the module, or over a part of it.
"""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


class Copies:
    """The parameters and buffers of some modules, in any dtype, on CPU.

    The forward runs on copies: what it writes into them (running means, counters) does not reach the user's tensors.
    """

    def __init__(self, modules: tuple[nn.Module, ...]) -> None:
        self.modules: list[nn.Module] = []
        self.own: list[Tensor] = []
        self._lent: dict[torch.dtype, list[Tensor]] = {}
        self._states: list[State] | None = None
        self._parts: set[int] = set()
        for module in modules:
            self.add(module)

    def add(self, module: nn.Module) -> None:
        """One more module, unless it is known."""
        if self.knows(module):
            return
        if self._states is not None:
            self._states.append(State.of(module))
        self.modules.append(module)
        self._parts |= {id(part) for part in module.modules()}
        known = {id(one) for one in self.own}
        found = {id(one): one for one in (*module.parameters(), *module.buffers()) if id(one) not in known}
        self.own += found.values()
        self._lent.clear()

    def knows(self, module: nn.Module) -> bool:
        """Whether the module is one of these, or a part of one."""
        return id(module) in self._parts

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """The modules, and all states of random numbers, are afterwards as they were before."""
        self._states = [State.of(module) for module in self.modules]
        numpy_state, python_state = np.random.get_state(), random.getstate()
        try:
            with torch.random.fork_rng(range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()):
                yield
        finally:
            states, self._states = self._states, None
            for state in states:
                state.restore()
            np.random.set_state(numpy_state)
            random.setstate(python_state)

    @contextmanager
    def holding(self, dtype: torch.dtype) -> Iterator[None]:
        """Floating tensors hold their values in `dtype` inside."""
        if dtype not in self._lent:
            self._lent[dtype] = [_copied(one.data, dtype) for one in self.own]
        own = list(self.own)
        before = [one.data for one in own]
        try:
            for one, value in zip(own, self._lent[dtype], strict=True):
                one.data = value
            yield
        finally:
            for one, value in zip(own, before, strict=True):
                one.data = value


REGISTERED = ("_parameters", "_buffers", "_modules")
"""The dicts in which a module keeps its tensors and its parts."""


@dataclass(frozen=True)
class State:
    """What a module and its parts hold: attributes, registered tensors, and the values of buffers."""

    attributes: list[tuple[nn.Module, dict[str, Any], dict[str, dict[str, Any]]]]
    values: list[tuple[Tensor, Tensor]]

    @classmethod
    def of(cls, module: nn.Module) -> State:
        """The state now. Parameters are not copied: the forward runs on copies of them."""
        attributes, tensors = [], {id(one): one for one in module.buffers()}
        for part in module.modules():
            own = dict(vars(part))
            registered = {name: dict(own[name]) for name in REGISTERED if isinstance(own.get(name), dict)}
            attributes.append((part, own, registered))
            tensors |= {id(one): one for one in own.values() if isinstance(one, Tensor)}
        return cls(attributes, [(one, one.detach().clone()) for one in tensors.values()])

    def restore(self) -> None:
        """The module is as it was."""
        for part, own, registered in self.attributes:
            now = vars(part)
            for name in set(now) - set(own):
                del now[name]
            now.update(own)
            for name, entries in registered.items():
                own[name].clear()
                own[name].update(entries)
        for one, value in self.values:
            if not torch.equal(one.detach(), value):
                one.data.copy_(value)


def _copied(value: Tensor, dtype: torch.dtype) -> Tensor:
    """The tensor in that dtype on CPU, in memory of its own."""
    found: Tensor = converted(value, dtype)
    return found.clone() if found.data_ptr() == value.data_ptr() else found


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
