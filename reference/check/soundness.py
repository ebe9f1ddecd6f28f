"""Whether there is a right value at all: the forward runs in float64, twice alike, and has its own gradient."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from reference.check import modes
from reference.check.arguments import dtype_name
from reference.check.copies import converted
from reference.check.field import Call
from reference.check.integral import Integral
from reference.check.model_calls import entry_points
from reference.check.question import Question
from reference.check.sides import Side
from reference.check.target import BadOutput, BadTarget
from reference.check.unsound import Unsound
from reference.check.uses import Uses, used
from reference.violation import first_line


def sound(question: Question) -> Question:
    """The forward gives one number for each example, the same twice, in float64, whatever the other examples are.

    Returns the question as it can be judged, with remarks.
    Raises   Unsound with the reason; ValueError for a target that does not fit
    """
    call = question.call
    if _autocast():
        raise Unsound("autocast is active: call the check outside of autocast")
    if (size := _too_large(call)) is not None:
        raise Unsound(size, oracle=False)
    whole = call.changed(layers=())
    uses = used(whole, question.dtype)
    if uses.error is None:
        _uses_what_was_passed(question, uses)
    whole, once = _in_float64(whole, uses, question)
    call = call.changed(widened=whole.widened)
    remarks = [CASTS_LEFT_OUT] if call.widened else []
    modes.twice(whole, once, uses)
    remarks += modes.without_gradients(whole, once, uses)
    modes.rows_apart(whole, once, uses)
    return replace(question, call=call, remarks=[*question.remarks, *remarks])


CASTS_LEFT_OUT = "forward does not run in float64 as it is: the check left out its casts to float32"


def _uses_what_was_passed(question: Question, uses: Uses) -> None:
    """Raises   Unsound if the forward does not use `model`, or never calls a layer."""
    model = question.model
    if model is not None and question.model_told and not uses.uses(model) and uses.modules:
        other = type(next(iter(uses.modules.values()))).__name__
        raise Unsound(f"forward does not use model=: it calls another {other}. Pass the model that forward calls")
    for layer in question.call.layers:
        if uses.called(layer):
            continue
        name = type(layer).__name__
        if isinstance(layer, nn.ModuleList | nn.ModuleDict):
            raise Unsound(f"forward never calls the layer: a {name} is never called itself. Pass one of its modules")
        raise Unsound(f"forward never calls the layer {name}: is it a layer of another model, or of a copy?")


def _in_float64(whole: Call, uses: Uses, question: Question) -> tuple[Call, Tensor]:
    """F(x) in float64, and the call that gives it: with casts to a narrower dtype left out, if it needs that."""
    ends = converted(whole.inputs, torch.float64)
    first: Exception | None = None
    for call in (whole, whole.changed(widened=True)):
        try:
            values = call.values(ends, torch.float64)
        except BadTarget as error:
            raise ValueError(str(error)) from None
        except BadOutput as error:
            raise Unsound(first_line(error)) from error
        except Exception as error:  # whatever a forward raises
            first = first or error
            continue
        if values.dtype == torch.float64:
            return call, values
        if call.widened:
            raise Unsound(
                f"forward returns {dtype_name(values)} in a float64 model: let it keep the dtype of its input"
            )
    assert first is not None
    if (quantised := _quantised(question.model)) != "":
        raise Unsound(f"{quantised}: it has no float64 copy to compare with", oracle=False) from first
    if uses.error is not None:
        raise Unsound(_does_not_run(uses, question)) from uses.error
    raise Unsound(
        f"forward does not run in float64 on CPU: {type(first).__name__}: {first_line(first)}", oracle=False
    ) from first


def _does_not_run(uses: Uses, question: Question) -> str:
    """That the forward does not run at all, with torch's reason, in words."""
    call, error = question.call, uses.error
    assert error is not None
    words = f"{type(error).__name__}: {first_line(error)}"
    if (found := modes.batch_norm_of_one_row(call, error)) is not None:
        return found
    dtype = dtype_name(torch.empty(0, dtype=question.dtype))
    sentence = f"forward does not run with these inputs in {dtype}: {words}"
    forward = getattr(call.forward, "__self__", call.forward)
    embeddings = any(one.is_floating_point() and one.dim() == 3 for one in call.inputs)
    if embeddings and isinstance(forward, nn.Module) and forward in entry_points(forward):
        return f"{sentence}. It takes token ids: pass lambda e: model(inputs_embeds=e).logits"
    shapes = ", ".join(str(tuple(one.shape)) for one in call.inputs)
    return f"{sentence} (the inputs have shape {shapes}: the first dimension must be the batch)"


def available_bytes() -> int:
    """The memory that is free, as the operating system says; a terabyte if it does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**40


BYTES = 8 + 4
"""Bytes of a number in the two copies of the model, float64 and float32, that are kept side by side."""


def _too_large(call: Call) -> str | None:
    """That the model's copies do not fit into memory, in words, or None."""
    needed = BYTES * sum(one.numel() for one in call.copies.own if one.is_floating_point())
    free = available_bytes()
    if needed <= free:
        return None
    sizes = f"{needed / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free"
    return f"the float64 and float32 copies of the model need {sizes}"


def _autocast() -> bool:
    """Whether torch casts operations on its own."""
    try:
        return bool(torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda"))
    except TypeError:  # before torch 2.4
        return bool(torch.is_autocast_enabled() or torch.is_autocast_cpu_enabled())


def _quantised(model: nn.Module | None) -> str:
    if model is None:
        return ""
    names = {type(one).__name__ for one in model.modules()}
    found = sorted(
        name for name in names if any(word in name.lower() for word in ("4bit", "8bit", "quant", "gptq", "awq"))
    )
    return f"the model is quantised ({found[0]})" if found else ""


def not_finite(side: Side, model: nn.Module | None) -> str:
    """Where a copy stops being finite, in words."""
    average = side.average
    first: list[str] = []
    names = {} if model is None else {module: name for name, module in model.named_modules() if name}

    def hook(module: nn.Module, inputs: Any, output: Any) -> None:
        value = output[0] if isinstance(output, tuple | list) and output else output
        if isinstance(value, Tensor) and not bool(value.isfinite().all()) and not first:
            first.append(f"{names[module]} returns {'nan' if bool(value.isnan().any()) else 'inf'}")

    handles = [module.register_forward_hook(hook) for module in names]
    try:
        side.path.field.with_gradient(side.path.x)
    finally:
        for handle in handles:
            handle.remove()
    for words, values in (("F(x)", average.end), ("F(x')", average.start)):
        if not bool(values.isfinite().all()):
            inside = f" ({first[0]})" if first else ""
            return f"{words} is {'nan' if bool(values.isnan().any()) else 'inf'}{inside}"
    return f"∇F is not finite on the path{f' ({first[0]})' if first else ''}"


STEPS = (2.0**-12, 2.0**-13)
"""Steps of the two difference quotients along the path."""


def cut_gradient(side: Side, integral: Integral | None) -> str | None:
    """That the forward's gradient is not the derivative of its values, in words, or None.

    Two central differences that agree with each other are the derivative, wherever F is smooth.
    """
    if integral is not None and integral.converged:
        return None
    path, delta = side.path, side.delta
    found = []
    for alpha in (0.3, 0.55, 0.8):
        quotients = []
        for step in STEPS:
            high, low = (path.baseline + (alpha + sign * step) * delta for sign in (1, -1))
            quotients.append((path.field(high) - path.field(low)).double() / (2 * step))
        slope = (path.field.gradient(path.baseline + alpha * delta) * delta).double().sum(1)
        ends = side.average
        rounding = torch.finfo(torch.float64).eps * (ends.end.abs() + ends.start.abs()).double() / STEPS[1]
        allowed = 100 * (quotients[0] - quotients[1]).abs() + 100 * rounding + 1e-6 * quotients[1].abs()
        found.append((slope - quotients[1]).abs() > allowed)
    cut = torch.stack(found).all(0)
    if not bool(cut.any()):
        return None
    return (
        "the gradient of forward is not the derivative of its values: a part of it is detached, computed under "
        f"no_grad, or changed in place (example {int(cut.nonzero()[0])})"
    )
