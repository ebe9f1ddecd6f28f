"""The two functions that check attributions, as torch.autograd.gradcheck checks gradients."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from reference.check import arguments
from reference.check.copies import Copies, modules_of
from reference.check.field import Call, Space
from reference.check.judgement import judged
from reference.check.model_calls import recovered_ids
from reference.check.numbers import Numbers
from reference.check.older import also_in_the_older_order
from reference.check.progress import progress
from reference.check.question import Question
from reference.check.result import CheckResult
from reference.check.sides import Side
from reference.oracle.quadrature import rule


@also_in_the_older_order
def check_integrated_gradients(
    forward: Callable[..., Any],
    inputs: Any,
    baselines: Any,
    attributions: Any,
    *,
    model: nn.Module | None = None,
    ids: Any = None,
    baseline_ids: Any = None,
    target: Any = None,
    additional_forward_args: Any = None,
    method: str | None = None,
    n_steps: int | None = None,
    delta: Any = None,
    accuracy: float | None = 1e-3,
    strict: bool = False,
) -> CheckResult:
    """Whether `attributions` are the Integrated Gradients of `forward` from `baselines` to `inputs`.

    Shapes   inputs, baselines (batch, …), or tuples of them; attributions of these shapes, or token scores without the
             last dimension, or sums over the channels of images, or the function that makes them; ids, baseline_ids
             (batch, length); delta (batch,)
    Raises   ValueError for an argument that makes no sense; with `strict`, the error of a verdict that is not *right*
    `accuracy` is the share of the largest score that the rule may miss the integral by; None leaves convergence out.
    """
    if callable(inputs) and not isinstance(inputs, Tensor):
        raise ValueError("inputs is a function: the order is forward, inputs, baselines, attributions")
    _a_function(forward)
    xs = arguments.tensors(inputs, "inputs")
    arguments.floating(xs)
    starts = arguments.baselines_like(baselines, xs)
    model = arguments.a_module(model)
    rest, index = arguments.additional(additional_forward_args), arguments.target_of(target, len(xs[0]))
    call = Call(forward, xs, starts, rest, index, Copies(modules_of(forward, model)))
    own = arguments.ids_of(ids, "ids", xs)
    return _answered(
        call,
        attributions,
        method=method,
        n_steps=n_steps,
        delta=delta,
        accuracy=accuracy,
        strict=strict,
        model=model,
        ids=own if own is not None else recovered_ids(model, xs[0]),
        baseline_ids=arguments.ids_of(baseline_ids, "baseline_ids", xs),
        ends=(inputs, baselines),
        options={"target": target, "additional_forward_args": additional_forward_args},
    )


def check_layer_integrated_gradients(
    forward: Callable[..., Any],
    layer: Any,
    inputs: Any,
    baselines: Any,
    attributions: Any,
    *,
    model: nn.Module | None = None,
    ids: Any = None,
    baseline_ids: Any = None,
    target: Any = None,
    additional_forward_args: Any = None,
    attribute_to_layer_input: bool = False,
    method: str | None = None,
    n_steps: int | None = None,
    delta: Any = None,
    accuracy: float | None = 1e-3,
    strict: bool = False,
) -> CheckResult:
    """Whether `attributions` are the Layer Integrated Gradients of `forward` at the output of `layer`, or of several.

    With `attribute_to_layer_input`, at the first input of the layer instead.
    Shapes   inputs, baselines: token ids (batch, length) or what else forward takes; attributions of the shape of the
             layer's output, or token scores; a tuple with one for each layer
    Raises   as `check_integrated_gradients`
    """
    _a_function(forward)
    modules = arguments.layers(layer)
    xs = arguments.tensors(inputs, "inputs")
    starts = arguments.baselines_like(baselines, xs)
    model = arguments.a_module(model)
    for one in modules:
        if model is not None and not any(one is module for module in model.modules()):
            raise ValueError(f"layer {type(one).__name__} is not a module of model")
    rest, index = arguments.additional(additional_forward_args), arguments.target_of(target, len(xs[0]))
    copies = Copies((*modules_of(forward, model), *modules))
    call = Call(forward, xs, starts, rest, index, copies, layers=modules, at_input=bool(attribute_to_layer_input))
    where = {"attribute_to_layer_input": True} if attribute_to_layer_input else {}
    token_ids = xs[0] if not xs[0].is_floating_point() and xs[0].dim() == 2 else None
    return _answered(
        call,
        attributions,
        method=method,
        n_steps=n_steps,
        delta=delta,
        accuracy=accuracy,
        strict=strict,
        model=model,
        ids=token_ids,
        baseline_ids=None,
        ends=(inputs, baselines),
        options={"target": target, "additional_forward_args": additional_forward_args, **where},
    )


def _answered(
    call: Call,
    attributions: Any,
    *,
    method: str | None,
    n_steps: int | None,
    delta: Any,
    accuracy: float | None,
    strict: bool,
    model: nn.Module | None,
    ids: Tensor | None,
    baseline_ids: Tensor | None,
    ends: tuple[Any, Any],
    options: dict[str, Any],
    resolution: float = 0.0,
) -> CheckResult:
    if n_steps is not None and (isinstance(n_steps, bool) or not hasattr(n_steps, "__index__")):
        raise ValueError(f"n_steps must be a whole number; got {n_steps!r}")
    n_steps = None if n_steps is None else int(n_steps)
    rule(method or "gausslegendre", 50 if n_steps is None else n_steps)
    arguments.share(accuracy, "accuracy")
    how = {"method": method or "gausslegendre", "n_steps": 50 if n_steps is None else n_steps}

    def asked(*given: Any, **changes: Any) -> Any:
        wanted = {**options, **how, **changes}
        inputs, baselines = given or ends
        single = isinstance(inputs, tuple) and len(inputs) == 1 and not isinstance(ends[0], tuple | list)
        inputs, baselines = (inputs[0], baselines[0]) if single else (inputs, baselines)
        wanted = _accepted(attributions, wanted)
        _can_be_called(attributions, inputs, baselines, wanted)
        return attributions(inputs, baselines, **wanted)

    function = callable(attributions) and not isinstance(attributions, Tensor)
    if function and isinstance(attributions, type):
        raise ValueError(f"attributions is the class {attributions.__name__}: pass numbers, or a function")
    found = attributions
    with progress(), call.copies.unchanged():
        if function and not hasattr(attributions, "attribute"):
            found = asked()
        found, own_delta = _without_delta(found)
        given = delta if delta is not None else own_delta

        def numbers(side: Side) -> Numbers:
            space = side.path_and_space[1]
            parts = arguments.numbers(found, space.shapes)
            read = Numbers.of(parts, space, call.examples, resolution, stored=stored, tokens=_of_tokens(call, space))
            if (other := read.other_meaning) is not None:
                later.append(other)
            return read

        def numbers_again(side: Side) -> Tensor:
            space = side.path_and_space[1]
            parts = arguments.numbers(_without_delta(asked())[0], space.shapes)
            return Numbers.of(parts, space, call.examples, tokens=_of_tokens(call, space)).flat

        if hasattr(found, "attribute"):
            arguments.numbers(found, [()])
        dtype = _dtype(call)
        remarks: list[str] = []
        later: list[str] = []
        stored = arguments.stored_in(found) if torch.finfo(dtype).bits > 16 else None
        precision = None if stored is None else f"the precision of {arguments.dtype_name(torch.empty(0, dtype=stored))}"
        if precision is not None:
            remarks.append(f"the numbers were rounded: they are judged to {precision}")
        question = Question(
            call=call,
            numbers=numbers,
            dtype=dtype,
            method=method,
            n_steps=n_steps,
            accuracy=accuracy,
            model=model if model is not None else _only_model(call.forward),
            model_told=model is not None,
            ids=ids,
            baseline_ids=baseline_ids,
            delta=_delta(given, call.examples),
            again=asked if function else None,
            numbers_again=numbers_again,
            remarks=remarks,
        )
        result = judged(question)
    result = replace(result, remarks=(*result.remarks, *later))
    if precision is not None and result.right:
        result = replace(result, why=f"right to {precision}: the numbers were rounded")
    if strict:
        result.raise_for_status()
    return result


def _a_function(forward: Any) -> None:
    if not callable(forward):
        raise ValueError(f"forward must be a function or a module; got {arguments.described(forward)}")


def _without_delta(found: Any) -> tuple[Any, Any]:
    """What an implementation returns with return_convergence_delta=True is (attributions, delta)."""
    if isinstance(found, tuple) and len(found) == 2:
        first, second = found
        tensors = isinstance(second, Tensor) and second.dim() <= 1
        if tensors and (isinstance(first, tuple) or (isinstance(first, Tensor) and first.dim() > 1)):
            return first, second
    return found, None


def _delta(delta: Any, examples: int) -> Tensor | None:
    if delta is None:
        return None
    (found,) = arguments.numbers(delta, [()], "delta")
    found = found.reshape(-1)
    if len(found) != examples:
        raise ValueError(f"delta holds {len(found)} numbers for {examples} examples")
    return found


def _dtype(call: Call) -> torch.dtype:
    """The dtype that the user's own call computes in."""
    floats = [one.dtype for one in call.inputs if one.is_floating_point()]
    if not floats:
        floats = [one.dtype for one in call.copies.own if one.is_floating_point()][:1]
    dtype = floats[0] if floats else torch.float32
    for one in floats[1:]:
        dtype = torch.promote_types(dtype, one)
    return dtype


def _of_tokens(call: Call, space: Space) -> bool:
    """Whether tensors (batch, m, n) are tokens (batch, length, hidden), not series (batch, channel, time).

    The length of token ids decides; without ids, an embedding table with vectors of that size.
    """
    ids = [one for one in call.inputs if not one.is_floating_point() and one.dim() == 2]
    lengths = {one.shape[1] for one in ids}
    if lengths:
        return any(shape[0] in lengths for shape in space.shapes if len(shape) == 2)
    tables = [part for one in call.copies.modules for part in one.modules() if isinstance(part, nn.Embedding)]
    return any(shape[-1:] == (table.embedding_dim,) for shape in space.shapes for table in tables)


def _accepted(function: Callable[..., Any], options: dict[str, Any]) -> dict[str, Any]:
    """The options that a function takes by name."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return options
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        return options
    names = {one.name for one in parameters}
    return {name: value for name, value in options.items() if name in names}


def _can_be_called(function: Callable[..., Any], inputs: Any, baselines: Any, options: dict[str, Any]) -> None:
    """Whether the function takes inputs and baselines first, and needs no more.

    Raises   ValueError if it does not
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(inputs, baselines, **options)
    except TypeError as error:
        named = ", ".join(("inputs", "baselines", *(f"{name}=…" for name in options)))
        raise ValueError(
            f"attributions is a function that cannot be called as attributions({named}): {error}"
        ) from None


def _only_model(forward: Any) -> nn.Module | None:
    """The one module that a forward computes with, if it names no other."""
    found = modules_of(forward, None)
    return found[0] if len(found) == 1 else None
