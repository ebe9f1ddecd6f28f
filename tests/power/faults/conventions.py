"""Faults in ways of calling: a chunk, a batch or a form of an argument changes the result."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from tests.power.faults.fault import AT_INPUTS, AT_TABLE, BAG, CAPTUM, MOVING_BAG, Fault, Plant
from tests.subjects.textbook import checks, integrated_gradients, scalar

ATTRIBUTE = integrated_gradients.attribute
INTEGRATE = integrated_gradients.integrate
LAYERS = checks.layers
BASELINE = checks._baseline
TARGET = checks.target
TILED = scalar.tiled


@contextmanager
def last_chunk_left_out() -> Iterator[None]:
    """Steps that do not fill a chunk are not taken."""

    def integrate(F: Any, x: Any, baseline: Any, examples: Tensor, steps: Any, rows: int) -> list[Tensor]:
        a_call = max(1, rows // len(examples))
        full = len(steps[0]) // a_call * a_call or len(steps[0])
        return INTEGRATE(F, x, baseline, examples, tuple(values[:full] for values in steps), rows)

    with mock.patch.object(integrated_gradients, "integrate", integrate):
        yield


@contextmanager
def chunks_half_filled() -> Iterator[None]:
    """A call takes half of the steps that fit into internal_batch_size: the values are right."""

    def integrate(F: Any, x: Any, baseline: Any, examples: Tensor, steps: Any, rows: int) -> list[Tensor]:
        return INTEGRATE(F, x, baseline, examples, steps, max(len(examples), rows // 2))

    with mock.patch.object(integrated_gradients, "integrate", integrate):
        yield


@contextmanager
def compiled_layer_unwrapped() -> Iterator[None]:
    """A compiled layer is copied without its wrapper, and the copy gets the hooks."""

    def given(layer: Any) -> list[Any]:
        return [copy.deepcopy(module._orig_mod) if hasattr(module, "_orig_mod") else module for module in LAYERS(layer)]

    with mock.patch.object(checks, "layers", given):
        yield


@contextmanager
def chunk_raised_to_the_batch() -> Iterator[None]:
    """Each call takes at least one step of all examples, even if internal_batch_size is smaller."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        return ATTRIBUTE(F, ends, batch, steps, max(rows, batch))

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def scaled_by_the_batch() -> Iterator[None]:
    """The gradient of the mean over the batch is taken, not of the sum."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        return tuple([part / batch for part in parts] for parts in ATTRIBUTE(F, ends, batch, steps, rows))

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


def targets_read(read: Callable[[Any], Any]) -> Plant:
    """Plants a fault: the target is replaced by `read(target)`."""
    return lambda: mock.patch.object(checks, "target", lambda given, shape: TARGET(read(given), shape))


def first_of_a_tensor(given: Any) -> Any:
    """A tensor of targets, one for each example, is read by its first number."""
    return int(given.flatten()[0]) if isinstance(given, Tensor) else given


def first_of_a_column(given: Any) -> Any:
    """A column of targets is read by its first number."""
    return int(given[0, 0]) if isinstance(given, Tensor) and given.dim() == 2 else given


def baselines_read(read: Callable[[Any, Tensor], Any]) -> Plant:
    """Plants a fault: a baseline is replaced by `read(baseline, input)`."""
    return lambda: mock.patch.object(checks, "_baseline", read)


def only_for_the_first_example(given: Any, x: Tensor) -> Tensor:
    """A baseline of one example is used for the first example; the others start at zero."""
    if isinstance(given, Tensor) and len(given) < len(x):
        return torch.cat((given, torch.zeros_like(x[len(given) :])))
    return BASELINE(given, x)


def of_any_shape(given: Any, x: Tensor) -> Tensor:
    """Only the first dimension of a baseline's shape is checked."""
    return given.expand(len(x), *given.shape[1:]) if isinstance(given, Tensor) else BASELINE(given, x)


def arguments_tiled(tile: Callable[[Any, int, int], Any]) -> Plant:
    """Plants a fault: an additional tensor becomes `tile(tensor, rows, batch)`, if that is not None."""

    def tiled(value: Any, examples: Tensor, batch: int) -> Any:
        made = tile(value, len(examples), batch) if isinstance(value, Tensor) else None
        return TILED(value, examples, batch) if made is None else made

    return lambda: mock.patch.object(scalar, "tiled", tiled)


def numbers_for_each_row(value: Tensor, rows: int, batch: int) -> Tensor | None:
    """A 0-d tensor becomes a vector of one number per row."""
    return value.expand(rows) if value.dim() == 0 else None


def repeated_for_each_step(value: Tensor, rows: int, batch: int) -> Tensor | None:
    """Any tensor is repeated once for each step, per example or not."""
    return value.repeat(rows // batch, *[1] * (value.dim() - 1)) if value.dim() else None


FAULTS = (
    Fault(
        "last chunk left out",
        "chunks",
        "https://github.com/SeldonIO/alibi/pull/441",
        last_chunk_left_out,
        witness=Problem(
            model=TinyBag(vocab=2, hidden=2),
            data=Tokens(ids=((0, 0), (0, 0), (0, 1)), baseline=((0, 0), (0, 0), (0, 0))),
            call=Call(n_steps=3, internal_batch_size=2),
        ),
    ),
    Fault(
        "chunks half filled",
        "full_chunks",
        f"{CAPTUM}/issues/538",
        chunks_half_filled,
        witness=AT_INPUTS,
    ),
    Fault(
        "compiled layer unwrapped",
        "compiled_modules",
        "https://github.com/pytorch/pytorch/issues/117758",
        compiled_layer_unwrapped,
        witness=AT_TABLE.asking(layer="inner", case="the layer"),
    ),
    Fault(
        "chunk raised to the batch",
        "rows_of_a_chunk",
        f"{CAPTUM}/pull/333",
        chunk_raised_to_the_batch,
        witness=BAG.asking(n_steps=2, internal_batch_size=1),
    ),
    Fault(
        "scaled by the batch",
        "batch_is_its_examples",
        "https://github.com/inseq-team/inseq/issues/113",
        scaled_by_the_batch,
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,))), call=Call(n_steps=2)),
    ),
    Fault(
        "first of a tensor of targets",
        "target_forms",
        f"{CAPTUM}/issues/389",
        targets_read(first_of_a_tensor),
        witness=MOVING_BAG.asking(n_steps=2, target=(0, 1)),
    ),
    Fault(
        "first of a column of targets",
        "other_targets",
        f"{CAPTUM}/issues/741",
        targets_read(first_of_a_column),
        witness=MOVING_BAG.asking(n_steps=2, target=(0, 1)),
    ),
    Fault(
        "baseline for the first example only",
        "baseline_forms",
        f"{CAPTUM}/pull/158",
        baselines_read(only_for_the_first_example),
        witness=AT_INPUTS,
    ),
    Fault(
        "baseline of any shape",
        "broadcast_baseline",
        f"{CAPTUM}/issues/1096",
        baselines_read(of_any_shape),
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0, 0),), baseline=((1, 1),)), call=Call(n_steps=2)),
    ),
    Fault(
        "numbers for each row",
        "argument_forms",
        f"{CAPTUM}/issues/625",
        arguments_tiled(numbers_for_each_row),
        witness=AT_INPUTS,
    ),
    Fault(
        "mask repeated for each step",
        "shared_mask",
        f"{CAPTUM}/issues/625",
        arguments_tiled(repeated_for_each_step),
        witness=AT_INPUTS,
    ),
    Fault(
        "vector repeated for each step",
        "constant_vector",
        f"{CAPTUM}/issues/625",
        arguments_tiled(repeated_for_each_step),
        witness=MOVING_BAG.asking(n_steps=2),
    ),
)
