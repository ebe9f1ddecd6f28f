"""Faults in values, deltas and layers: the attribution itself is wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from tests.power.faults.fault import AT_INPUTS, CAPTUM, Fault, Plant, one_token
from tests.subjects.textbook import checks, integrated_gradients, layers, scalar

INTEGRATE = integrated_gradients.integrate
GAP = scalar.Scalar.gap
WRITE = layers.Exchange.write
VISIT = layers.Exchange._visit
INPUT_HOOK = layers.Exchange.input_hook


@contextmanager
def mean_for_sum() -> Iterator[None]:
    """The weighted gradients are averaged over the steps instead of summed."""

    def integrate(F: Any, x: Any, baseline: Any, examples: Tensor, steps: Any, rows: int) -> list[Tensor]:
        return [total / len(steps[0]) for total in INTEGRATE(F, x, baseline, examples, steps, rows)]

    with mock.patch.object(integrated_gradients, "integrate", integrate):
        yield


@contextmanager
def delta_with_the_other_sign() -> Iterator[None]:
    """F(x) − F(x') − Σ attribution."""

    def gap(self: Any, *arguments: Any) -> Tensor:
        return -GAP(self, *arguments)

    with mock.patch.object(scalar.Scalar, "gap", gap):
        yield


@contextmanager
def delta_of_the_whole_batch() -> Iterator[None]:
    """One delta, summed over the examples, for each of them."""

    def gap(self: Any, *arguments: Any) -> Tensor:
        delta = GAP(self, *arguments)
        return delta.sum().expand_as(delta)

    with mock.patch.object(scalar.Scalar, "gap", gap):
        yield


@contextmanager
def layers_one_at_a_time() -> Iterator[None]:
    """Each of several layers gets its own path, which keeps the others at the input's value."""

    def write(self: Any, points: Any, run: Any) -> Any:
        moved = [points[0], *(point[-1:].expand_as(point) for point in points[1:])]
        return WRITE(self, moved, run)

    with mock.patch.object(layers.Exchange, "write", write):
        yield


@contextmanager
def output_for_input() -> Iterator[None]:
    """`attribute_to_layer_input` is ignored."""

    @contextmanager
    def hooked(modules: Any, at_input: bool) -> Iterator[Any]:
        with HOOKED(modules, False) as exchange:
            yield exchange

    with mock.patch.object(layers, "hooked", hooked):
        yield


HOOKED = layers.hooked


@contextmanager
def structure_lost() -> Iterator[None]:
    """The hook returns a bare tensor, even if the layer returned a structure."""

    def replaced(structure: Any, items: dict[Any, Tensor]) -> Any:
        return next(iter(items.values())) if isinstance(structure, list) else REPLACED(structure, items)

    with mock.patch.object(layers, "replaced", replaced):
        yield


REPLACED = layers.replaced


@contextmanager
def ids_taken_for_features() -> Iterator[None]:
    """At a layer's input, the last tensor is attributed, even if it is ids or a mask."""

    def input_hook(self: Any, i: int, module: Any, args: tuple[Any, ...], kwargs: Any = None) -> Any:
        last = max((k for k, argument in enumerate(args) if isinstance(argument, Tensor)), default=None)
        if last in (None, 0):
            return INPUT_HOOK(self, i, module, args, kwargs)
        moved = self._visit(i, tuple(a.double() if k == last else a for k, a in enumerate(args)), [last])
        return moved if kwargs is None else (moved, kwargs)

    with mock.patch.object(layers.Exchange, "input_hook", input_hook):
        yield


@contextmanager
def any_dimension_for_the_batch() -> Iterator[None]:
    """Nothing checks that dimension 0 of a layer's output is the batch."""
    with mock.patch.object(checks, "batch_first", return_value=None):
        yield


@contextmanager
def first_rows_alone() -> Iterator[None]:
    """If a layer has more rows than examples, only the first rows are attributed."""

    def visit(self: Any, i: int, structure: Any, keys: Any) -> Any:
        first = {key: structure[key][: self.rows] for key in keys}
        visited = VISIT(self, i, layers.replaced(structure, first), keys)
        whole = {key: torch.cat([visited[key], structure[key][self.rows :]]) for key in keys}
        return layers.replaced(visited, whole)

    with mock.patch.object(layers.Exchange, "_visit", visit):
        yield


@contextmanager
def last_call_attributed() -> Iterator[None]:
    """A module that runs twice is attributed as if it ran once."""
    with mock.patch.object(checks, "called_once", return_value=None):
        yield


def handing_over(owner: type, method: str) -> Plant:
    """While `owner.method` runs in a thread, `clone` in that thread returns the tensor itself."""

    @contextmanager
    def planted() -> Iterator[None]:
        own, clone, here = getattr(owner, method), Tensor.clone, threading.local()

        def cloned(tensor: Tensor, **options: Any) -> Tensor:
            return tensor if getattr(here, "handing", False) else clone(tensor, **options)

        def run(*arguments: Any) -> Any:
            outer, here.handing = getattr(here, "handing", False), True
            try:
                return own(*arguments)
            finally:
                here.handing = outer

        with mock.patch.object(Tensor, "clone", cloned), mock.patch.object(owner, method, run):
            yield

    return planted


@contextmanager
def hook_gone_before_backward() -> Iterator[None]:
    """The hook acts only in the forward pass: a recomputed block gets the module's own output."""

    def write(self: Any, points: Any, run: Any) -> Any:
        try:
            return WRITE(self, points, run)
        finally:
            self.points = None

    with mock.patch.object(layers.Exchange, "write", write):
        yield


FAULTS = (
    Fault(
        "mean for sum",
        "half_precision",
        "https://github.com/ankurtaly/Integrated-Gradients/pull/5",
        mean_for_sum,
        witness=one_token(hidden=4, weight_scale=0.25).asking(n_steps=3, dtype="bfloat16"),
    ),
    Fault(
        "delta with the other sign",
        "input_delta",
        f"{CAPTUM}/issues/700",
        delta_with_the_other_sign,
        witness=one_token(),
    ),
    Fault(
        "delta of the whole batch",
        "layer_delta",
        f"{CAPTUM}/pull/173",
        delta_of_the_whole_batch,
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,)))),
    ),
    Fault(
        "layers one at a time",
        "joint_tables",
        "https://github.com/SeldonIO/alibi/issues/372",
        layers_one_at_a_time,
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,)), positions=((0,), (1,)))),
    ),
    Fault(
        "output for input",
        "inner_attribution",
        f"{CAPTUM}/issues/733",
        output_for_input,
        witness=one_token().asking(layer="bert.encoder.layer.0.attention.output.LayerNorm:input"),
    ),
    Fault(
        "structure lost",
        "structured_output",
        f"{CAPTUM}/pull/1629",
        structure_lost,
        witness=one_token(variant="list_output"),
    ),
    Fault(
        "ids taken for features",
        "input_among_others",
        f"{CAPTUM}/issues/733",
        ids_taken_for_features,
        witness=one_token(variant="mask_in_call"),
    ),
    Fault(
        "any dimension for the batch",
        "length_first_output",
        f"{CAPTUM}/issues/434",
        any_dimension_for_the_batch,
        witness=one_token(variant="length_first").asking(n_steps=2),
    ),
    Fault(
        "first rows alone",
        "rows_of_choices",
        f"{CAPTUM}/issues/329",
        first_rows_alone,
        witness=Problem(
            model=TinyBert(head="choice"),
            data=Tokens(ids=((0, 0),), baseline=((1, 1),)),
            call=Call(layer="bert.encoder.layer.0.attention.self.query"),
        ),
    ),
    Fault(
        "last call attributed",
        "module_called_twice",
        f"{CAPTUM}/issues/794",
        last_call_attributed,
        witness=one_token(layers=2, variant="tied_layers"),
    ),
    Fault(
        "path handed over",
        "in_place_forward",
        f"{CAPTUM}/pull/165",
        handing_over(scalar.Scalar, "output"),
        witness=AT_INPUTS,
    ),
    Fault(
        "leaf handed over",
        "in_place_operation",
        f"{CAPTUM}/pull/165",
        handing_over(layers.Exchange, "_visit"),
        witness=one_token(variant="doubled_in_place"),
    ),
    Fault(
        "hook gone before backward",
        "checkpointed_layer",
        "https://github.com/stanfordnlp/pyvene/pull/242",
        hook_gone_before_backward,
        witness=one_token(variant="checkpointed"),
    ),
)
