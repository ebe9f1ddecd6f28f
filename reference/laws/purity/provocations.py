"""Provocations: a failure, a model in use, no seed, no garbage collector, to show what a call disturbs."""

from __future__ import annotations

import gc
import inspect
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


class Interrupted(BaseException):
    """What stops a call from outside, as Ctrl-C does: no `except Exception` may be what cleans up."""


class OutOfMemory(RuntimeError):
    """What torch raises if a batch is too large for the device: an ordinary exception."""

    def __init__(self) -> None:
        super().__init__("out of memory")


class Failing:
    """A forward that raises `error` in its call number `at`, after the model has run, or in that call's backward."""

    def __init__(self, forward: Callable[..., Tensor], at: int, side: str, error: BaseException) -> None:
        self.forward = forward
        self.at = at
        self.side = side
        self.error = error
        self.calls = 0
        self.failed = False

    def __call__(self, *args: Any) -> Tensor:
        self.calls += 1
        output = self.forward(*args)
        if self.calls == self.at and self.side == "forward":
            self.fail()
        if self.calls == self.at and output.requires_grad:
            output.register_hook(self.fail)
        return output

    def fail(self, *gradient: Tensor) -> None:
        self.failed = True
        raise self.error


def put_to_use(model: nn.Module) -> None:
    """Make a model as one finds it: some parameters frozen, some with .grad, some modules in train mode, all hooked.

    Only modules that compute the same in both modes are put into train mode: their forward does not read `training`.
    """
    for i, parameter in enumerate(model.parameters()):
        parameter.requires_grad_(i % 2 == 0)
        parameter.grad = torch.ones_like(parameter) if i % 3 == 0 else None
        if parameter.requires_grad:
            parameter.register_hook(lambda gradient: None)
    for i, module in enumerate(model.modules()):
        module.register_forward_hook(lambda module, args, output: None)
        module.register_forward_pre_hook(lambda module, args: None)
        if isinstance(module, nn.Linear | nn.LayerNorm):
            module.register_full_backward_hook(lambda module, before, after: None)
        if not _reads_its_mode(module):
            module.training = i % 2 == 0


def _reads_its_mode(module: nn.Module) -> bool:
    code = getattr(inspect.unwrap(type(module).forward), "__code__", None)
    return code is None or "training" in code.co_names


@contextmanager
def unseeded() -> Iterator[None]:
    """Random states as no seed makes them, so that seeding shows; before and after, those of the caller."""
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            random.random(), np.random.random(), torch.rand(1)
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])


@contextmanager
def without_collector() -> Iterator[None]:
    """No cyclic garbage is collected inside."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def collector_on_what_is_new() -> Iterator[None]:
    """The garbage collector looks only at what is made inside, not at all of torch.

    Objects cannot be unfrozen one by one: if some were frozen before, all that is alive is frozen afterwards.
    """
    frozen_before = gc.get_freeze_count()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if frozen_before:
            gc.freeze()
