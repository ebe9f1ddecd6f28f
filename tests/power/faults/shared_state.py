"""Faults in what a call leaves behind in the process: random states, modes, switches, warnings."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor

from tests.power.faults.fault import AT_INPUTS, Fault
from tests.subjects.textbook import checks, integrated_gradients

ATTRIBUTE = integrated_gradients.attribute
INPUTS = checks.inputs


@contextmanager
def seed_set() -> Iterator[None]:
    """torch is seeded at the start of each call, for reproducibility."""

    def attribute(*arguments: Any) -> Any:
        torch.manual_seed(0)
        return ATTRIBUTE(*arguments)

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def gradient_mode_left_off() -> Iterator[None]:
    """Gradients are switched off for the whole process, and never on again."""

    def inputs(given: Any) -> list[Tensor]:
        torch.set_grad_enabled(False)
        return INPUTS(given)

    with mock.patch.object(checks, "inputs", inputs), torch.enable_grad():
        yield


@contextmanager
def warnings_silenced() -> Iterator[None]:
    """A call silences warnings of the whole process, each call others: an equal filter would change nothing."""
    calls = count()

    def attribute(*arguments: Any) -> Any:
        warnings.filterwarnings("ignore", message=f"step {next(calls)}")
        return ATTRIBUTE(*arguments)

    with warnings.catch_warnings(), mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def precision_lowered() -> Iterator[None]:
    """A call lets torch multiply float32 matrices in bfloat16, from then on."""
    before = torch.get_float32_matmul_precision()

    def attribute(*arguments: Any) -> Any:
        torch.set_float32_matmul_precision("medium")
        return ATTRIBUTE(*arguments)

    try:
        with mock.patch.object(integrated_gradients, "attribute", attribute):
            yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def numpy_errors_switched() -> Iterator[None]:
    """A call switches NumPy's warnings about divisions off, for the whole process; the next one switches them on."""
    before = np.geterr()

    def attribute(*arguments: Any) -> Any:
        np.seterr(divide="warn" if np.geterr()["divide"] == "ignore" else "ignore")
        return ATTRIBUTE(*arguments)

    try:
        with mock.patch.object(integrated_gradients, "attribute", attribute):
            yield
    finally:
        np.seterr(**before)


FAULTS = (
    Fault(
        name="seed set",
        law="shared_state_unchanged",
        link="https://github.com/Qiskit/qiskit/issues/2850",
        planted=seed_set,
        witness=AT_INPUTS,
    ),
    Fault(
        name="gradient mode left off",
        law="shared_state_unchanged",
        link="https://github.com/choyingw/SynergyNet/pull/22",
        planted=gradient_mode_left_off,
        witness=AT_INPUTS,
    ),
    Fault(
        name="warnings silenced",
        law="shared_state_unchanged",
        link="https://docs.python.org/3/library/warnings.html#warnings.simplefilter",
        planted=warnings_silenced,
        witness=AT_INPUTS,
    ),
    Fault(
        name="precision of products lowered",
        law="shared_state_unchanged",
        link="https://pytorch.org/docs/stable/generated/torch.set_float32_matmul_precision.html",
        planted=precision_lowered,
        witness=AT_INPUTS,
    ),
    Fault(
        name="NumPy's warnings switched",
        law="shared_state_unchanged",
        link="https://numpy.org/doc/stable/reference/generated/numpy.seterr.html",
        planted=numpy_errors_switched,
        witness=AT_INPUTS,
    ),
)
