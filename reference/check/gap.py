"""The completeness gap: a delta that was given, and totals at a layer that are not the change of the model's F."""

from __future__ import annotations

import torch
from torch import Tensor

from reference.check.copies import converted
from reference.check.field import Call
from reference.check.numbers import Value
from reference.check.sides import Side, Sides


def wrong_delta(sides: Sides, delta: Tensor | None, right: Value, dtype: torch.dtype) -> str | None:
    """Why a delta (batch,) is not Σ attribution − (F(x) − F(x')) of the whole model, or None.

    The sum is that of the numbers at hand. Numbers that were rounded after the delta was computed may be off by that.
    """
    if delta is None:
        return None
    exact, rounded = (side.sum for side in (sides.exact, sides.rounded))
    at_ends = exact.end.double() - exact.start.double()
    change = whole_change(sides.exact.call) if sides.exact.call.layers else at_ends
    numbers = sides.numbers
    gap = numbers.flat.sum(1) - change
    unit = (sides.exact.attribution - sides.rounded.attribution).abs().sum(1)
    unit = unit + (exact.end - rounded.end).abs().double() + (exact.start - rounded.start).abs().double()
    budget = Value(gap.unsqueeze(1), unit, right.magnitude).budget(dtype)
    budget = budget + (numbers.half_units + numbers.resolution).sum(1)
    off = (delta - gap).abs()
    if bool((off <= budget).all()):
        return None
    worst = int((off / budget).argmax())
    return (
        f"delta of example {worst} is {float(delta[worst]):.6g}, but Σ attribution − (F(x) − F(x')) is "
        f"{float(gap[worst]):.6g}"
    )


def whole_change(call: Call) -> Tensor:
    """F(x) − F(x') of the whole model, in float64: (batch,)."""
    whole = call.changed(layers=())
    with torch.no_grad():
        end, start = (
            whole.values(converted(ends, torch.float64), torch.float64).double()
            for ends in (whole.inputs, whole.baselines)
        )
    return end - start


def second_path(side: Side) -> str | None:
    """That the inputs reach the output past the layers, in words, or None."""
    if not side.call.layers:
        return None
    at_layer = side.average.end.double() - side.average.start.double()
    whole = whole_change(side.call)
    off = (whole - at_layer).abs()
    budget = Value(whole.unsqueeze(1), 0 * off, side.magnitude()).budget(torch.float32)
    if not bool((off > budget).any()):
        return None
    worst = int(off.argmax())
    example = f"example {worst}: " if side.call.examples > 1 else ""
    return (
        f"{example}the total at this layer is {float(at_layer[worst]):.6g}, but F(x) − F(x') is "
        f"{float(whole[worst]):.6g}: the "
        "inputs also reach the output by another path (another table, positions, or a mask made from the ids)"
    )
