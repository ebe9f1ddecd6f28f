"""Faults in what LIG checks by itself: its inputs, and whether a gradient comes from the layer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from torch import Tensor

from tests.power.faults.fault import CAPTUM, MOVING_BAG, Fault
from tests.subjects.textbook import checks

MOVING_AT_TABLE = MOVING_BAG.asking(n_steps=2, layer="table")


def any_inputs(given: Any) -> list[Tensor]:
    """Tensors of any numbers of examples."""
    return [tensor.detach() for tensor in (given if isinstance(given, tuple) else (given,))]


def inputs_not_checked() -> AbstractContextManager[Any]:
    """LIG takes inputs of any numbers of examples."""
    return mock.patch.object(checks, "inputs", any_inputs)


def zero_behind_a_cut() -> AbstractContextManager[Any]:
    """An output without a gradient counts as a constant, even if F(x) and F(x') differ."""
    return mock.patch.object(checks, "no_gradient", return_value=None)


FAULTS = (
    Fault(
        "layer inputs of any shapes",
        "layer_inputs_are_one_batch",
        f"{CAPTUM}/issues/698",
        inputs_not_checked,
        witness=MOVING_AT_TABLE.asking(case="inputs of two batches"),
    ),
    Fault(
        "zero behind a cut",
        "cut_behind_layer",
        f"{CAPTUM}/issues/978",
        zero_behind_a_cut,
        witness=MOVING_AT_TABLE,
    ),
)
