"""The global generators during a call: a tool may draw from them, and the rest of a run must not notice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def kept(seed: int | None = None) -> Iterator[None]:
    """Those of Python, NumPy and torch go on after as before. Inside they begin with the seed, if there is one."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            if seed is not None:
                random.seed(seed)
                np.random.seed(seed)
                torch.manual_seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
