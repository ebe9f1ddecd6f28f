"""Which modules and tensors a forward uses, seen in one run of it in the dtype of its inputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode

from reference.check.copies import converted
from reference.check.field import Call


class Uses(TorchFunctionMode):
    """The modules that are called, and the tensors that functions of torch are given."""

    def __init__(self) -> None:
        super().__init__()
        self.modules: dict[int, nn.Module] = {}
        self.tensors: set[int] = set()
        self.error: Exception | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        for one in (*args, *kwargs.values()):
            self.tensors |= {id(part) for part in (one if isinstance(one, tuple | list) else (one,))}
        return func(*args, **kwargs)

    def called(self, module: nn.Module) -> bool:
        """Whether the forward called it."""
        return id(module) in self.modules

    def uses(self, model: nn.Module) -> bool:
        """Whether the forward called the model or a part of it, or used one of its tensors."""
        tensors: list[Tensor] = [*model.parameters(), *model.buffers()]
        return any(self.called(part) for part in model.modules()) or any(id(one) in self.tensors for one in tensors)


def used(call: Call, dtype: torch.dtype) -> Uses:
    """One run. Modules that the forward keeps where nobody can look join the copies before they run."""
    found = Uses()
    try:
        with _watching(found, call):
            # The mode is on while the forward runs alone: the copies touch all tensors of all modules.
            call.changed(around=partial(_around, found, call.around)).values(converted(call.inputs, dtype), dtype)
    except Exception as error:  # whatever a forward raises
        found.error = error
    return found


@contextmanager
def _around(found: Uses, around: Callable[[int], Any] | None, times: int) -> Iterator[None]:
    with nullcontext() if around is None else around(times), found:
        yield


@contextmanager
def _watching(found: Uses, call: Call) -> Iterator[None]:
    def hook(module: nn.Module, _: Any) -> None:
        found.modules[id(module)] = module
        call.copies.add(module)

    handle = register_module_forward_pre_hook(hook)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Using `torch.compile")  # it warns of hooks of all modules
            yield
    finally:
        handle.remove()
