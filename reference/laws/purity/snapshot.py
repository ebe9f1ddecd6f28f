"""What a call could disturb, remembered: a model, tensors, and the state that torch, NumPy and Python share with all.

Everything is compared bit for bit: there is no rounding in leaving something alone.
"""

from __future__ import annotations

import random
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class TensorState:
    """A tensor with its value, flag, `.grad`, hooks, and how often it was written to."""

    tensor: Tensor
    value: Tensor
    requires_grad: bool
    grad: Tensor | None
    hooks: tuple[Any, ...]
    version: int

    @classmethod
    def of(cls, tensor: Tensor) -> TensorState:
        grad = None if tensor.grad is None else tensor.grad.clone()
        hooks = tuple((tensor._backward_hooks or {}).values())
        return cls(tensor, tensor.detach().clone(), tensor.requires_grad, grad, hooks, tensor._version)

    def changes(self) -> Iterator[str]:
        """What is different now."""
        now = TensorState.of(self.tensor)
        if not _same(now.value, self.value):
            yield "value"
        elif now.version != self.version:
            yield "value, for a time"
        if now.requires_grad != self.requires_grad:
            yield "requires_grad"
        if not _same(now.grad, self.grad):
            yield "grad"
        if now.hooks != self.hooks:
            yield "hooks"


@dataclass(frozen=True)
class Snapshot:
    """A model's modules, the tensors of it and beside it, and the shared state, at one moment."""

    model: nn.Module
    attributes: dict[str, Any]
    tensors: dict[str, TensorState]
    shared: dict[str, Any]

    @classmethod
    def of(cls, model: nn.Module, beside: Mapping[str, Tensor] | None = None) -> Snapshot:
        named = {**dict(model.named_parameters()), **dict(model.named_buffers()), **(beside or {})}
        return cls(model, attributes(model), {name: TensorState.of(named[name]) for name in named}, shared_state())

    def changes(self) -> list[str]:
        """What is different now, by name."""
        now = attributes(self.model)
        names = dict.fromkeys((*self.attributes, *now))
        changed = [name for name in names if self.attributes.get(name) is not now.get(name)]
        changed += [f"{name} ({what})" for name, state in self.tensors.items() for what in state.changes()]
        state = shared_state()
        return changed + [name for name in state if not _same(state[name], self.shared[name])]


def attributes(model: nn.Module) -> dict[str, Any]:
    """Every attribute of every module: hooks, parameters, flags, a replaced forward; dicts entry by entry."""
    found: dict[str, Any] = {}
    for path, module in model.named_modules():
        for name, value in vars(module).items():
            items = value.items() if isinstance(value, dict) else ()
            found.update({f"{path}.{name}[{key!r}]": item for key, item in items})
            if not isinstance(value, dict):
                found[f"{path}.{name}"] = value
    return found


def shared_state() -> dict[str, Any]:
    """What belongs to the process: random numbers, modes and switches of torch, NumPy's errors, warnings, hooks."""
    modules = vars(nn.modules.module)
    return {
        "torch's random state": torch.get_rng_state(),
        "the devices' random states": torch.cuda.get_rng_state_all(),
        "NumPy's random state": np.random.get_state(),
        "Python's random state": random.getstate(),
        "gradient mode": torch.is_grad_enabled(),
        "inference mode": torch.is_inference_mode_enabled(),
        "anomaly detection": torch.is_anomaly_enabled(),
        "default dtype": torch.get_default_dtype(),
        "deterministic algorithms": torch.are_deterministic_algorithms_enabled(),
        "threads": torch.get_num_threads(),
        "precision of float32 products": torch.get_float32_matmul_precision(),
        "autocast": torch.is_autocast_enabled(),
        "cudnn": (torch.backends.cudnn.enabled, torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic),
        "warnings filters": list(warnings.filters),
        "NumPy's error state": np.geterr(),
        "hooks on all modules": [tuple(modules[name].values()) for name in modules if name.endswith("_hooks")],
    }


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one, other)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return bool(np.array_equal(one, other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) < 10:
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) if type(one) is type(other) else False
