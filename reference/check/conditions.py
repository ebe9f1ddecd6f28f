"""Necessary conditions without an oracle: for a callable on a model that has no float64 copy.

right(n) − left(n) = (∇F(x) − ∇F(x')) ⊙ Δ / n and trapezoid(n + 1) = (left(n) + right(n)) / 2 need two gradients alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reference.check.field import Call
from reference.check.result import CheckResult, Verdict
from reference.check.target import selected
from reference.oracle.budget import UNITS, floor
from reference.violation import first_line

STEPS = 8
"""The number of steps that the conditions are tried with."""


def necessary_conditions(attribute: Callable[..., Any], call: Call, dtype: torch.dtype, why: str) -> CheckResult:
    """*wrong* if a condition fails, else *cannot be judged*: to pass them is no more than that."""

    def asked(method: str, n_steps: int, nudge: float = 0.0) -> list[Tensor]:
        inputs, baselines = (tuple(one * (1 + nudge) for one in ends) for ends in (call.inputs, call.baselines))
        found = attribute(inputs, baselines, method=method, n_steps=n_steps)
        return [one.detach().double().cpu() for one in (found if isinstance(found, tuple) else (found,))]

    if call.layers:
        return CheckResult(verdict=Verdict.CANNOT_BE_JUDGED, why=why)
    try:
        left, right = asked("riemann_left", STEPS), asked("riemann_right", STEPS)
        trapezoid = asked("riemann_trapezoid", STEPS + 1)
        eps = torch.finfo(dtype).eps
        beside = [asked(method, STEPS, eps) for method in ("riemann_left", "riemann_right")]
        ends = [_gradients(call, ends) for ends in (call.inputs, call.baselines)]
    except Exception as error:  # whatever an implementation or a forward raises
        return CheckResult(verdict=Verdict.CANNOT_BE_JUDGED, why=f"{why}. Without an oracle: {first_line(error)}")
    for one in range(len(left)):
        delta = (call.inputs[one] - call.baselines[one]).double().cpu()
        unit = torch.stack([(near[one] - own[one]).abs() for near, own in zip(beside, (left, right), strict=True)])
        magnitude = (left[one].abs() + right[one].abs()).flatten(1).sum(1)
        budget = UNITS * unit.amax(0).flatten(1).amax(1) + floor(magnitude, dtype)
        conditions = {
            "right(n) − left(n) = (∇F(x) − ∇F(x')) ⊙ Δ / n": right[one]
            - left[one]
            - (ends[0][one] - ends[1][one]) * delta / STEPS,
            "trapezoid(n + 1) = (left(n) + right(n)) / 2": trapezoid[one] - (left[one] + right[one]) / 2,
        }
        for condition, apart in conditions.items():
            worst = apart.abs().flatten(1).amax(1) / budget
            if bool((worst > 1).any()):
                return CheckResult(
                    verdict=Verdict.WRONG,
                    why=f"{condition} fails for n = {STEPS}: the error is {float(worst.max()):.3g} budgets. {why}",
                    worst=float(worst.max()),
                )
    return CheckResult(
        verdict=Verdict.CANNOT_BE_JUDGED,
        why=f"{why}. Two necessary conditions pass (left, right and trapezoid rules agree): no more can be checked",
    )


def _gradients(call: Call, ends: tuple[Tensor, ...]) -> list[Tensor]:
    leaves = [one.detach().clone().requires_grad_() for one in ends]
    output = call.forward(*[leaf.clone() for leaf in leaves], *call.additional)
    values = selected(output, call.target, len(leaves[0]))
    found = torch.autograd.grad(values.sum(), leaves, allow_unused=True)
    return [
        torch.zeros_like(leaf).double().cpu() if one is None else one.detach().double().cpu()
        for one, leaf in zip(found, leaves, strict=True)
    ]
