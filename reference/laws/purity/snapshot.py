"""What a call could disturb, remembered: a model, tensors, and the state that torch, NumPy and Python share with all.

Everything is compared bit for bit: there is no rounding in leaving something alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from reference.laws.purity.shared_state import SharedState, same


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
        if not same(now.value, self.value):
            yield "value"
        elif now.version != self.version:
            yield "value, for a time"
        if now.requires_grad != self.requires_grad:
            yield "requires_grad"
        if not same(now.grad, self.grad):
            yield "grad"
        if now.hooks != self.hooks:
            yield "hooks"


@dataclass(frozen=True)
class Snapshot:
    """A model's modules, the tensors of it and beside it, and the shared state, at one moment."""

    model: nn.Module
    attributes: dict[str, Any]
    tensors: dict[str, TensorState]
    shared: SharedState

    @classmethod
    def of(cls, model: nn.Module, beside: Mapping[str, Tensor] | None = None) -> Snapshot:
        named = {**dict(model.named_parameters()), **dict(model.named_buffers()), **(beside or {})}
        return cls(
            model, attributes(model), {name: TensorState.of(named[name]) for name in named}, SharedState.of_now()
        )

    def changes(self) -> list[str]:
        """What is different now, by name."""
        now = attributes(self.model)
        names = dict.fromkeys((*self.attributes, *now))
        changed = [name for name in names if self.attributes.get(name) is not now.get(name)]
        changed += [f"{name} ({what})" for name, state in self.tensors.items() for what in state.changes()]
        return changed + self.shared.changes()


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
