"""Compiled modules (`torch.compile`) run as they were written: each dtype and batch size would be compiled anew."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def eager() -> Iterator[None]:
    """Inside, no module is compiled, and none runs what was compiled. torch before 2.6 cannot do this."""
    stance = getattr(getattr(torch, "compiler", None), "set_stance", None)
    if stance is None or "torch._dynamo" not in sys.modules:  # nothing was compiled; the import takes seconds
        yield
        return
    with stance("force_eager"):
        yield
