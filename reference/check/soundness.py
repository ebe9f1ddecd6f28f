"""Whether there is a right value at all: the forward runs in float64, twice alike, and has its own gradient."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor, nn

from reference.check.arguments import dtype_name
from reference.check.copies import converted
from reference.check.field import Call
from reference.check.integral import Integral
from reference.check.sides import Side
from reference.check.target import BadOutput, BadTarget
from reference.check.unsound import Unsound
from reference.violation import first_line


def sound(call: Call, model: nn.Module | None) -> None:
    """The forward gives one number for each example, the same twice, in float64.

    Raises   Unsound with the reason; ValueError for a target that does not fit
    """
    if _autocast():
        raise Unsound("autocast is active: call the check outside of autocast")
    if (size := _too_large(call)) is not None:
        raise Unsound(size, oracle=False)
    whole = call.changed(layers=())
    ends = converted(call.inputs, torch.float64)
    try:
        with torch.no_grad():
            once, again = (whole.values(_cloned(ends), torch.float64) for _ in range(2))
    except BadTarget as error:
        raise ValueError(str(error)) from None
    except BadOutput as error:
        raise Unsound(first_line(error)) from error
    except Exception as error:  # whatever a forward raises
        hint = "" if model is not None else ". Pass the model as `model=`, so that its parameters can be converted"
        quantised = _quantised(model)
        if quantised:
            raise Unsound(f"{quantised}: it has no float64 copy to compare with", oracle=False) from error
        raise Unsound(
            f"forward does not run in float64 on CPU: {type(error).__name__}: {first_line(error)}{hint}", oracle=False
        ) from error
    if once.dtype != torch.float64:
        raise Unsound(f"forward returns {dtype_name(once)} in a float64 model: let it keep the dtype of its input")
    if not torch.equal(once.nan_to_num(), again.nan_to_num()):
        raise Unsound(f"forward returns two different values for the same input: {_randomness(model)}")


def available_bytes() -> int:
    """The memory that is free, as the operating system says; a terabyte if it does not say."""
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2**40


def _too_large(call: Call) -> str | None:
    """That the model's float64 copy does not fit into memory, in words, or None."""
    needed = 8 * sum(one.numel() for one in call.copies.own if one.is_floating_point())
    free = available_bytes()
    if needed <= free:
        return None
    return f"the float64 copy of the model needs {needed / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free"


def _autocast() -> bool:
    """Whether torch casts operations on its own."""
    try:
        return bool(torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda"))
    except TypeError:  # before torch 2.4
        return bool(torch.is_autocast_enabled() or torch.is_autocast_cpu_enabled())


def _cloned(tensors: Any) -> Any:
    return tuple(one.clone() for one in tensors)


def _quantised(model: nn.Module | None) -> str:
    if model is None:
        return ""
    names = {type(one).__name__ for one in model.modules()}
    found = sorted(
        name for name in names if any(word in name.lower() for word in ("4bit", "8bit", "quant", "gptq", "awq"))
    )
    return f"the model is quantised ({found[0]})" if found else ""


def _randomness(model: nn.Module | None) -> str:
    active = [
        name
        for name, module in (model.named_modules() if model is not None else ())
        if module.training and "dropout" in type(module).__name__.lower()
    ]
    if active:
        return f"dropout is active ({active[0]}); call model.eval()"
    return (
        "it draws random numbers or keeps state from call to call (dropout in train mode, noise, a recurrent state); "
        "call model.eval() and reset its state"
    )


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
