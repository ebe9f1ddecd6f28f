"""In what float32 numbers are multiplied: read once, before any subject runs, and float32 itself in the oracle.

A subject that allows TF32 or bfloat16 for its products makes its result less precise. It must not make the budget
larger, so budgets use the setting that was in force when the run began.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any

import torch

ULPS = {"highest": 1.0, "high": 2.0**13, "medium": 2.0**16}
"""eps of what float32 matrices are multiplied in, over eps(float32): of 23 bits TF32 keeps 10, bfloat16 7, where
torch.set_float32_matmul_precision allows it. A GPU then rounds as in a dtype of its own; the oracle, on CPU, does not.
"""

BACKENDS = ("mkldnn.matmul", "mkldnn.conv", "mkldnn.rnn", "cuda.matmul", "cudnn.conv", "cudnn.rnn")
"""Since torch 2.9, each of them has a switch of its own, under torch.backends."""


def _now(device: str) -> str:
    """The precision that torch now allows to products of float32 matrices on the device."""
    allowed = torch.get_float32_matmul_precision()
    tf32 = device == "cuda" and torch.backends.cuda.matmul.allow_tf32
    return "high" if tf32 and allowed == "highest" else allowed


AT_START = {device: _now(device) for device in ("cpu", "cuda")}
"""By type of device: the precision of products when this module was imported."""


def at_start(device: str) -> str:
    """The precision of float32 products on a device, say `cuda:0`, when the run began."""
    return AT_START.get(torch.device(device).type, AT_START["cpu"])


_entering = threading.Lock()
_inside = 0
_own: list[tuple[Any, str]] = []


@contextmanager
def highest() -> Iterator[None]:
    """Inside, products of float32 matrices are computed in float32, whatever a subject left behind.

    The switches are the process's: the first thread that enters sets them, and the last one that leaves sets them back.
    Otherwise two threads that overlap would leave what the first one set.
    """
    global _inside
    with _entering:
        if not _inside:
            _own[:] = _set_highest()
        _inside += 1
    try:
        yield
    finally:
        with _entering:
            _inside -= 1
            if not _inside:
                _set_back()


def _set_highest() -> list[tuple[Any, str]]:
    """Set the switches, and return each with what it was; without any in torch before 2.9, which has one for all."""
    own = [(switch, switch.fp32_precision) for name in BACKENDS if (switch := _switch(name)) is not None]
    for switch, _ in own:
        switch.fp32_precision = "ieee"
    if not own:
        own = [(None, torch.get_float32_matmul_precision())]
        torch.set_float32_matmul_precision("highest")
    return own


def _set_back() -> None:
    for switch, precision in _own:
        if switch is None:
            torch.set_float32_matmul_precision(precision)
        else:
            switch.fp32_precision = precision


def _switch(name: str) -> Any | None:
    """What holds the precision of one backend, or None if the installed torch has no such switch."""
    try:
        switch: Any = attrgetter(name)(torch.backends)
        return switch if hasattr(switch, "fp32_precision") else None
    except (AssertionError, AttributeError, RuntimeError):  # torch 1.13 asserts that it knows the name
        return None
