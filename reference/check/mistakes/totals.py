"""The total of each output of the model at once, without a gradient: which outputs wrong numbers may belong to."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from reference.check.field import Call
from reference.check.sides import Side

MOST_OUTPUTS = 200_000
"""Outputs of an example that are looked at."""

FEW = 4
"""Outputs that are all tried: F at the ends of the path says enough of them."""


@dataclass(frozen=True)
class Outputs:
    """The outputs of an example, and the total of each: (batch, outputs), float64.

    `by_rule`: the totals are those of the rule, not the changes between the ends. Too few steps then make no other
    output nearer.
    """

    shape: tuple[int, ...]
    totals: Tensor
    by_rule: bool

    @classmethod
    def of(cls, side: Side) -> Outputs | None:
        """None if forward does not return (batch, …), or if there are too many outputs."""
        ends = [_returned(side.call, tensors) for tensors in (side.call.inputs, side.call.baselines)]
        if any(end.dim() < 2 or len(end) != side.call.examples for end in ends):
            return None
        change = (ends[0] - ends[1]).double().flatten(1)
        if change.shape[1] > MOST_OUTPUTS:
            return None
        by_rule = change.shape[1] > FEW
        return cls(tuple(ends[0].shape[1:]), totals_of_outputs(side) if by_rule else change, by_rule)


def _returned(call: Call, tensors: tuple[Tensor, ...]) -> Tensor:
    output: Tensor = call.outputs(tensors, torch.float64)
    return output if call.output is None else call.output(output)


def totals_of_outputs(side: Side) -> Tensor:
    """Σ_k w_k d/dα f(x' + α_k Δ) for every output f of an example: (batch, outputs), float64.

    The derivative along the path is a central difference, whose error is about the square of its step. It says which
    output numbers may belong to, and decides no verdict. None if the forward does not return (batch, …).
    """
    call, path, rows = side.call, side.path, side.call.examples
    seen: list[Tensor] = []

    def keep(output: Tensor) -> Tensor:
        output = output if call.output is None else call.output(output)
        seen.append(output.detach().double())
        return output

    field = side.of(call.changed(output=keep)).path.field
    step = torch.finfo(side.dtype).eps ** (1 / 3)
    delta = path.x - path.baseline
    total = torch.zeros(())
    for node, weight in zip(side.rule.nodes, side.rule.weights, strict=True):
        seen.clear()
        field(torch.cat([path.baseline + (node + step) * delta, path.baseline + (node - step) * delta]))
        outputs = torch.cat(seen)
        after, before = outputs.flatten(1).split(rows)
        total = total + weight * (after - before) / (2 * step)
    return total
