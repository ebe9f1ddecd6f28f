"""A model copied: the same tree of modules, with tensors, hooks and configuration of its own.

`copy.deepcopy` takes longer for it than transformers takes for a new model; this takes a quarter.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

Model = TypeVar("Model", bound=nn.Module)

ATOMS = frozenset({type(None), bool, int, float, str})
TABLES = frozenset({dict, OrderedDict})
COLLECTIONS = TABLES | {set}


def replica(model: Model, dtype: torch.dtype) -> Model:
    """x ↦ model(x), in `dtype`: no module, tensor, table or configuration is shared; tied weights stay tied.

    Hook functions are shared, as deepcopy shares them; what a list or tuple holds keeps its dtype.
    """
    made: Model = _own(model, dtype, {})
    return made


def _own(value: Any, dtype: torch.dtype, made: dict[int, Any]) -> Any:
    """What the replica has for `value`; `made` maps what was met to what was made of it, as deepcopy's memo does."""
    if id(value) in made:
        return made[id(value)]
    own: Any
    if isinstance(value, nn.Module):
        made[id(value)] = own = object.__new__(type(value))
        own.__dict__.update(_table(vars(value), dtype, made))
    elif type(value) in TABLES:
        own = type(value)(_table(value, dtype, made))
    elif isinstance(value, Tensor):
        moved = value.detach().to(dtype if value.is_floating_point() else value.dtype, copy=True)
        own = nn.Parameter(moved, value.requires_grad) if isinstance(value, nn.Parameter) else moved
    else:
        own = copy.deepcopy(value, made)
    made[id(value)] = own
    return own


def _table(table: dict[str, Any], dtype: torch.dtype, made: dict[int, Any]) -> dict[str, Any]:
    own = table.copy()
    for name, value in table.items():
        kind = type(value)
        if kind in COLLECTIONS and not value:  # nearly all: hooks of every kind, of which a module has none
            own[name] = value.copy()
        elif kind not in ATOMS:
            own[name] = _own(value, dtype, made)
    return own
