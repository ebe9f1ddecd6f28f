"""What belongs to the whole process: random numbers, modes and switches of torch, NumPy's errors, warnings, hooks."""

from __future__ import annotations

import gc
import logging
import os
import random
import re
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

SWITCH = re.compile(r"_?(is|get|are)_.*(enabled|allow|determin|precision|benchmark|default|mode|warn|num_threads).*")
"""How torch's C++ part names the functions that read a switch: each release has some more."""

PRINT_OPTIONS = ("precision", "threshold", "edgeitems", "linewidth", "sci_mode")
FILTERS = "warnings filters"
LOGGERS = ("", "torch", "transformers", "py.warnings")


@dataclass(frozen=True)
class SharedState:
    """Every part of it by name, and what was imported at that moment."""

    parts: dict[str, Any]
    imported: frozenset[str]

    @classmethod
    def of_now(cls) -> SharedState:
        return cls(_parts(), frozenset(sys.modules))

    def changes(self) -> list[str]:
        """The names of the parts that are different now.

        A library that is imported during the call may add a filter for warnings of its own, as sympy does in torch's
        first backward: that is not the caller's doing.
        """
        now = _parts()
        now[FILTERS] = [one for one in now[FILTERS] if one in self.parts[FILTERS] or self._was_there(one[2])]
        return [name for name, value in now.items() if not same(value, self.parts[name])]

    def _was_there(self, category: type) -> bool:
        return category.__module__ in self.imported


def same(one: Any, other: Any) -> bool:
    """Whether both are the same bit for bit."""
    if isinstance(one, Tensor) and isinstance(other, Tensor):
        return torch.equal(one, other)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return bool(np.array_equal(one, other))
    if isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) < 10:
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) if type(one) is type(other) else False


def _parts() -> dict[str, Any]:
    modules = vars(nn.modules.module)
    return {
        "torch's random state": torch.get_rng_state(),
        "the devices' random states": torch.cuda.get_rng_state_all(),
        "NumPy's random state": np.random.get_state(),
        "Python's random state": random.getstate(),
        "inference mode": torch.is_inference_mode_enabled(),
        "default dtype": torch.get_default_dtype(),
        "autocast dtype": getattr(torch, "get_autocast_dtype", lambda device: None)("cpu"),  # torch >= 2.4
        "denormal numbers": float(torch.full((1,), 2.0**-149) * 1.0),
        "print options": [getattr(torch._tensor_str.PRINT_OPTS, name) for name in PRINT_OPTIONS],
        **{f"torch's {name}": read() for name, read in torch_switches().items()},
        FILTERS: list(warnings.filters),
        "NumPy's error state": np.geterr(),
        "NumPy's print options": repr(np.get_printoptions()),
        "garbage collector": (gc.isenabled(), gc.get_threshold()),
        "recursion limit": sys.getrecursionlimit(),
        "environment variables": dict(os.environ),
        "working directory": os.getcwd(),
        "log levels": [(logging.getLogger(name).level, logging.getLogger(name).disabled) for name in LOGGERS],
        "logging disabled": logging.root.manager.disable,
        "hooks on all modules": [tuple(modules[name].values()) for name in modules if name.endswith("_hooks")],
    }


@cache
def torch_switches() -> dict[str, Callable[[], Any]]:
    """The functions of torch's C++ part that read a switch: they take nothing, and return a plain value in silence."""
    found: dict[str, Callable[[], Any]] = {}
    for name in filter(SWITCH.fullmatch, dir(torch._C)):
        read = getattr(torch._C, name)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                value = read()
            except Exception:  # it takes arguments, is outdated, or is not compiled in
                continue
        if value is None or isinstance(value, bool | int | str):
            found[name.strip("_")] = read
    return found
