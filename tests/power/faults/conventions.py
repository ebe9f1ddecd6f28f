"""Faults in ways of calling: a chunk, a form of an argument, a mode or another thread changes the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from tests.power.faults.fault import Fault, Plant
from tests.subjects.textbook import Textbook, integrated_gradients, layers, refusals, scalar

CAPTUM = "https://github.com/meta-pytorch/captum"
ATTRIBUTE = integrated_gradients.attribute
INTEGRATE = integrated_gradients.integrate
BASELINE = refusals._baseline
TARGET = refusals.target
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
def chunk_raised_to_the_batch() -> Iterator[None]:
    """At least one step of all examples is taken in each call, whatever internal_batch_size says."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        return ATTRIBUTE(F, ends, batch, steps, max(rows, batch))

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def scaled_by_the_batch() -> Iterator[None]:
    """The gradient of the mean over the batch, not of the sum."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        return tuple([part / batch for part in parts] for parts in ATTRIBUTE(F, ends, batch, steps, rows))

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


def targets_read(read: Callable[[Any], Any]) -> Plant:
    """A plant: the target is what `read` makes of it."""
    return lambda: mock.patch.object(refusals, "target", lambda given, shape: TARGET(read(given), shape))


def first_of_a_tensor(given: Any) -> Any:
    """A tensor of targets, one for each example, is read by its first number."""
    return int(given.flatten()[0]) if isinstance(given, Tensor) else given


def first_of_a_column(given: Any) -> Any:
    """A column of targets is read by its first number."""
    return int(given[0, 0]) if isinstance(given, Tensor) and given.dim() == 2 else given


def baselines_read(read: Callable[[Any, Tensor], Any]) -> Plant:
    """A plant: a baseline is what `read` makes of it, for its input."""
    return lambda: mock.patch.object(refusals, "_baseline", read)


def only_for_the_first_example(given: Any, x: Tensor) -> Tensor:
    """A baseline of one example is that of the first; the others start at zero."""
    if isinstance(given, Tensor) and len(given) < len(x):
        return torch.cat((given, torch.zeros_like(x[len(given) :])))
    return BASELINE(given, x)


def of_any_shape(given: Any, x: Tensor) -> Tensor:
    """The shape of a baseline is not looked at, but for its first dimension."""
    return given.expand(len(x), *given.shape[1:]) if isinstance(given, Tensor) else BASELINE(given, x)


def arguments_tiled(tile: Callable[[Any, int, int], Any]) -> Plant:
    """A plant: an additional tensor becomes `tile(tensor, rows, batch)`, if that is not None."""

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


@contextmanager
def gradients_summed() -> Iterator[None]:
    """Without the factor Δ, the sum of the gradients over the steps, not their average."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        averages, attributions = ATTRIBUTE(F, ends, batch, steps, rows)
        return [average * len(steps[0]) for average in averages], attributions

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


def answering(answer: Callable[..., Any]) -> Plant:
    """A plant: ig and lig are `answer(healthy, forward, **options)`, where `healthy` is textbook's own."""

    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as stack:
            for method in ("ig", "lig"):
                planting = staticmethod(partial(answer, getattr(Textbook, method)))
                stack.enter_context(mock.patch.object(Textbook, method, planting))
            yield

    return planted


def delta_of_what_is_returned(healthy: Any, forward: Any, **options: Any) -> Any:
    """Without the factor Δ, the delta is Σ average gradient − (F(x) − F(x'))."""
    average, delta = healthy(forward, **options)
    product, _ = healthy(forward, **{**options, "multiply_by_inputs": True})
    return average, delta + (average - product).flatten(1).sum(1)


def always_double(healthy: Any, forward: Any, **options: Any) -> Any:
    """The answer is float64, because NumPy's weights are."""
    return tuple(part.double() for part in healthy(forward, **options))


def layer_in_a_tuple(healthy: Any, forward: Any, **options: Any) -> Any:
    """A layer's attribution comes in a tuple, even where it is one tensor."""
    attribution, delta = healthy(forward, **options)
    alone = isinstance(options.get("layer"), torch.nn.Module)
    return ((attribution,) if alone else attribution), delta


def forward_run_in(mode: Callable[[], AbstractContextManager[Any]]) -> Plant:
    """A plant: the forward runs in the mode that `mode()` finds where the subject is called."""

    def answer(healthy: Any, forward: Any, **options: Any) -> Any:
        found = mode()

        def moded(*arguments: Any) -> Any:
            with found:
                return forward(*arguments)

        return healthy(moded, **options)

    return answering(answer)


def callers_grad_mode() -> AbstractContextManager[Any]:
    """no_grad, where the caller is under it."""
    return nullcontext() if torch.is_grad_enabled() else torch.no_grad()


def callers_inference_mode() -> AbstractContextManager[Any]:
    """inference_mode, where the caller is under it."""
    return torch.inference_mode() if torch.is_inference_mode_enabled() else nullcontext()


@contextmanager
def steps_in_random_order() -> Iterator[None]:
    """The steps are shuffled by the global generator."""

    def integrate(F: Any, x: Any, baseline: Any, examples: Tensor, steps: Any, rows: int) -> list[Tensor]:
        order = torch.randperm(len(steps[0]))
        return INTEGRATE(F, x, baseline, examples, tuple(values[order] for values in steps), rows)

    with mock.patch.object(integrated_gradients, "integrate", integrate):
        yield


@contextmanager
def hooks_for_every_thread() -> Iterator[None]:
    """A hook serves whichever thread runs the module."""
    with mock.patch.object(layers, "threading", SimpleNamespace(get_ident=lambda: 0)):
        yield


FAULTS = (
    Fault("last chunk left out", "chunks", "https://github.com/SeldonIO/alibi/pull/441", last_chunk_left_out),
    Fault("chunk raised to the batch", "rows_of_a_chunk", f"{CAPTUM}/pull/333", chunk_raised_to_the_batch),
    Fault(
        "scaled by the batch",
        "batch_is_its_examples",
        "https://github.com/inseq-team/inseq/issues/113",
        scaled_by_the_batch,
    ),
    Fault("first of a tensor of targets", "target_forms", f"{CAPTUM}/issues/389", targets_read(first_of_a_tensor)),
    Fault("first of a column of targets", "other_targets", f"{CAPTUM}/issues/741", targets_read(first_of_a_column)),
    Fault(
        "baseline for the first example only",
        "baseline_forms",
        f"{CAPTUM}/pull/158",
        baselines_read(only_for_the_first_example),
    ),
    Fault("baseline of any shape", "broadcast_baseline", f"{CAPTUM}/issues/1096", baselines_read(of_any_shape)),
    Fault("numbers for each row", "argument_forms", f"{CAPTUM}/issues/625", arguments_tiled(numbers_for_each_row)),
    Fault(
        "mask repeated for each step", "shared_mask", f"{CAPTUM}/issues/625", arguments_tiled(repeated_for_each_step)
    ),
    Fault(
        "vector repeated for each step",
        "constant_vector",
        f"{CAPTUM}/issues/625",
        arguments_tiled(repeated_for_each_step),
    ),
    Fault("gradients summed", "average_gradient", "https://github.com/PAIR-code/saliency/pull/23", gradients_summed),
    Fault(
        "delta of what is returned",
        "delta_of_average_gradient",
        f"{CAPTUM}/blob/v0.9.0/captum/attr/_core/integrated_gradients.py",
        answering(delta_of_what_is_returned),
    ),
    Fault(
        "always double",
        "dtype_device_and_shape",
        "https://github.com/inseq-team/inseq/issues/156",
        answering(always_double),
    ),
    Fault("layer in a tuple", "structure", f"{CAPTUM}/pull/195", answering(layer_in_a_tuple)),
    Fault("steps in random order", "same_call_twice", f"{CAPTUM}/issues/981", steps_in_random_order),
    Fault("caller's grad mode", "flags", f"{CAPTUM}/pull/324", forward_run_in(callers_grad_mode)),
    Fault(
        "caller's inference mode",
        "inference_mode",
        "https://github.com/softwaremill/FoXAI/issues/146",
        forward_run_in(callers_inference_mode),
    ),
    Fault(
        "hooks for every thread",
        "two_threads",
        "https://github.com/SeldonIO/alibi/issues/593",
        hooks_for_every_thread,
    ),
)
