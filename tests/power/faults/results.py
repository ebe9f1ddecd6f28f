"""Faults in what a call returns, and in modes and threads that change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from tests.power.faults.fault import AT_INPUTS, AT_TABLE, CAPTUM, MOVING_BAG, Fault, Plant, one_token
from tests.subjects.textbook import Textbook, integrated_gradients, layers

ATTRIBUTE = integrated_gradients.attribute
INTEGRATE = integrated_gradients.integrate


@contextmanager
def gradients_summed() -> Iterator[None]:
    """Without the factor Δ, the result is the sum of the gradients over the steps, not their average."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        averages, attributions = ATTRIBUTE(F, ends, batch, steps, rows)
        return [average * len(steps[0]) for average in averages], attributions

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


def returning(result: Callable[..., Any]) -> Plant:
    """Plants a fault: ig and lig return `result(healthy, forward, **options)`; `healthy` is textbook's own method."""

    @contextmanager
    def planted() -> Iterator[None]:
        with ExitStack() as stack:
            for method in ("ig", "lig"):
                planting = staticmethod(partial(result, getattr(Textbook, method)))
                stack.enter_context(mock.patch.object(Textbook, method, planting))
            yield

    return planted


@contextmanager
def inputs_kept_for_every_thread() -> Iterator[None]:
    """The last call's inputs are kept on the class. The factor is taken from there after the forward has run."""
    kept = SimpleNamespace()
    healthy = Textbook.ig

    def ig(forward: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        if not (isinstance(inputs, Tensor) and isinstance(baselines, Tensor)) or options.get(
            "return_convergence_delta"
        ):
            return healthy(forward, inputs, baselines, **options)
        kept.inputs, kept.baselines = inputs, baselines
        average = healthy(forward, inputs, baselines, **{**options, "multiply_by_inputs": False})
        return average * (kept.inputs - kept.baselines) if options.get("multiply_by_inputs", True) else average

    with mock.patch.object(Textbook, "ig", staticmethod(ig)):
        yield


def delta_of_what_is_returned(healthy: Any, forward: Any, **options: Any) -> Any:
    """Without the factor Δ, the delta is Σ average gradient − (F(x) − F(x'))."""
    average, delta = healthy(forward, **options)
    product, _ = healthy(forward, **{**options, "multiply_by_inputs": True})
    return average, delta + (average - product).flatten(1).sum(1)


def always_double(healthy: Any, forward: Any, **options: Any) -> Any:
    """The result is float64, because NumPy's weights are."""
    return tuple(part.double() for part in healthy(forward, **options))


def layer_in_a_tuple(healthy: Any, forward: Any, **options: Any) -> Any:
    """A layer's attribution is a tuple, even if it is one tensor."""
    attribution, delta = healthy(forward, **options)
    alone = isinstance(options.get("layer"), torch.nn.Module)
    return ((attribution,) if alone else attribution), delta


def forward_run_in(mode: Callable[[], AbstractContextManager[Any]]) -> Plant:
    """Plants a fault: the forward runs in the mode that `mode()` returns at the call."""

    def result(healthy: Any, forward: Any, **options: Any) -> Any:
        found = mode()

        def moded(*arguments: Any) -> Any:
            with found:
                return forward(*arguments)

        return healthy(moded, **options)

    return returning(result)


def callers_grad_mode() -> AbstractContextManager[Any]:
    """The forward runs under no_grad if the caller does."""
    return nullcontext() if torch.is_grad_enabled() else torch.no_grad()


def callers_inference_mode() -> AbstractContextManager[Any]:
    """The forward runs under inference_mode if the caller does."""
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
    """A hook acts in every thread that runs the module."""
    with mock.patch.object(layers, "threading", SimpleNamespace(get_ident=lambda: 0)):
        yield


FAULTS = (
    Fault(
        "gradients summed",
        "average_gradient",
        "https://github.com/PAIR-code/saliency/pull/23",
        gradients_summed,
        witness=AT_INPUTS,
    ),
    Fault(
        "delta of what is returned",
        "delta_of_average_gradient",
        f"{CAPTUM}/blob/v0.9.0/captum/attr/_core/integrated_gradients.py",
        returning(delta_of_what_is_returned),
        witness=AT_INPUTS,
    ),
    Fault(
        "always double",
        "dtype_device_and_shape",
        "https://github.com/inseq-team/inseq/issues/156",
        returning(always_double),
        witness=one_token().asking(n_steps=2, dtype="float32"),
    ),
    Fault("layer in a tuple", "structure", f"{CAPTUM}/pull/195", returning(layer_in_a_tuple), witness=AT_TABLE),
    Fault(
        "steps in random order",
        "same_call_twice",
        f"{CAPTUM}/issues/981",
        steps_in_random_order,
        witness=Problem(
            model=TinyBert(hidden=12, layers=2),
            data=Tokens(ids=((0, 2, 3, 2),), baseline=((1, 1, 1, 1),)),
            call=Call(n_steps=24),
        ),
    ),
    Fault(
        "caller's grad mode",
        "flags",
        f"{CAPTUM}/pull/324",
        forward_run_in(callers_grad_mode),
        witness=MOVING_BAG.asking(n_steps=2, internal_batch_size=1),
    ),
    Fault(
        "caller's inference mode",
        "inference_mode",
        "https://github.com/softwaremill/FoXAI/issues/146",
        forward_run_in(callers_inference_mode),
        witness=MOVING_BAG.asking(n_steps=2),
    ),
    Fault(
        "hooks for every thread",
        "two_threads",
        "https://github.com/SeldonIO/alibi/issues/593",
        hooks_for_every_thread,
        witness=AT_TABLE,
    ),
    Fault(
        "inputs kept for every thread",
        "input_calls_in_two_threads",
        "https://github.com/SeldonIO/alibi/issues/593",
        inputs_kept_for_every_thread,
        witness=MOVING_BAG.asking(n_steps=2),
    ),
)
