"""Group *conventions*, the forms of `target` and `baselines`: those that mean the same give the same.

The forms are those that Captum's documentation names, because users know them. A form that it does not name may be
refused, by an error that names the argument. Each form is asked with its delta: the delta reads the form again.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from reference.laws.calling import (
    assert_answer,
    assert_attribution,
    built,
    call,
    entry_of,
    expected_by,
    oracle_of,
    where,
    with_delta,
)
from reference.laws.law import law
from reference.problem import Problem, Setting
from reference.subject import Subject
from reference.violation import Severity, Violation, answer_or_refusal, asking

DOCUMENTED = "https://captum.ai/api/integrated_gradients.html"

Forms = dict[str, Any]


class TargetFormMatters(Violation):
    """Two documented forms of one target give different answers."""


class WrongOtherTarget(Violation):
    """A target counted from the end, of other integers, or in one tensor is neither right nor refused."""


class BaselineFormMatters(Violation):
    """Two documented forms of one baseline give different answers."""


class WrongBroadcastBaseline(Violation):
    """A baseline of one token for all places is neither right nor refused, or is refused with the delta only."""


@law(group="conventions", violation=TargetFormMatters, needs={"ig"}, domain="structured", source=DOCUMENTED)
def target_forms(problem: Problem, subject: Subject) -> None:
    """Target t = tensor(t) = tensor([t]) = [t, …, t] = tensor([t, …, t]), tuple t = [t, …, t]: the same answer."""
    setting = built(problem, subject)
    each, single = targets(problem, setting)
    forms: Forms = {"as a list": each}
    if single:
        forms["as one index"] = each[0]
    if setting.output_dims == 2:
        forms["as a 1-D tensor"] = torch.tensor(each)
    if single and setting.output_dims == 2:
        forms |= {"as a 0-d tensor": torch.tensor(each[0]), "as a tensor of one": torch.tensor(each[:1])}

    expected = expected_by(oracle_of(problem, subject))
    for name, target in forms.items():
        what = f"{where(problem)} with the target {name}"
        answer = asking(TargetFormMatters, what, partial(with_delta, problem, subject, setting, target=target))
        assert_answer(TargetFormMatters, answer, expected, what)


@law(
    group="conventions",
    violation=WrongOtherTarget,
    needs={"ig"},
    domain="structured",
    source="https://github.com/meta-pytorch/captum/issues/741",
)
def other_targets(problem: Problem, subject: Subject) -> None:
    """Targets counted from the end, NumPy integers, 0-d tensors, a (batch, dims) tensor: the same, or a refusal."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    with torch.no_grad():
        sizes = entry.forward(entry.inputs, *entry.additional).shape[1:]
    each, single = targets(problem, setting)

    def made(number: Callable[[int, int], Any]) -> Any:
        """The target with each of its numbers made anew from the number and the size of its dimension."""
        indices = [
            tuple(map(number, index, sizes)) if isinstance(index, tuple) else number(index, sizes[0]) for index in each
        ]
        return indices[0] if single else indices

    forms: Forms = {
        "counted from the end": made(lambda index, size: index - size),
        "of NumPy integers": made(lambda index, size: np.int64(index)),
        "of 0-d tensors": made(lambda index, size: torch.tensor(index)),
        "in a (batch, dimensions) tensor": torch.tensor(each).reshape(len(each), -1),
    }
    expected = expected_by(oracle_of(problem, subject))
    for name, target in forms.items():
        what = f"{where(problem)} with the target {name}"
        answer = answer_or_refusal(
            WrongOtherTarget, what, ("target",), partial(with_delta, problem, subject, setting, target=target)
        )
        if answer is not None:
            assert_answer(WrongOtherTarget, answer, expected, what)


def targets(problem: Problem, setting: Setting) -> tuple[list[Any], bool]:
    """The index of each example, and whether one index for all was asked for."""
    target: Any = problem.call.target
    single = not isinstance(target, tuple) or (setting.output_dims > 2 and not isinstance(target[0], tuple))
    return ([target] * problem.data.batch if single else list(target)), single


@law(group="conventions", violation=BaselineFormMatters, needs={"ig"}, domain="one_baseline", source=DOCUMENTED)
def baseline_forms(problem: Problem, subject: Subject) -> None:
    """Baseline b = b[:1] where rows are equal = v where all elements are v = None where v = 0: the same answer."""
    setting = built(problem, subject)
    full = entry_of(problem, setting).baselines
    forms: Forms = {"in full": full, "of one example": full[:1]}
    value = full.flatten()[0].item()
    if bool((full == value).all()):
        forms |= {"as a number": value, "as a float": float(value)}
    if bool((full == 0).all()):
        forms |= {"left out": None, "as the int 0": 0}

    expected = expected_by(oracle_of(problem, subject))
    for name, baselines in forms.items():
        what = f"{where(problem)} with the baseline {name}"
        answer = asking(BaselineFormMatters, what, partial(with_delta, problem, subject, setting, baselines=baselines))
        assert_answer(BaselineFormMatters, answer, expected, what)


@law(
    group="conventions",
    violation=WrongBroadcastBaseline,
    needs={"ig"},
    domain="one_token_baseline",
    source="https://github.com/meta-pytorch/captum/issues/1096",
)
def broadcast_baseline(problem: Problem, subject: Subject) -> None:
    """A (1, 1, …) baseline = its token in every place, or a refusal; with the delta as without it."""
    setting = built(problem, subject)
    token = entry_of(problem, setting).baselines[:1, :1]
    expected = expected_by(oracle_of(problem, subject))
    what = f"{where(problem)} with a baseline of shape {tuple(token.shape)}"
    alone = answer_or_refusal(
        WrongBroadcastBaseline,
        what,
        ("baseline",),
        partial(call, problem, subject, setting, baselines=token),
    )
    if alone is not None:
        assert_attribution(WrongBroadcastBaseline, alone, expected, what)
    both = answer_or_refusal(
        WrongBroadcastBaseline,
        f"{what} and delta",
        ("baseline",),
        partial(with_delta, problem, subject, setting, baselines=token),
    )
    if both is not None:
        assert_answer(WrongBroadcastBaseline, both, expected, what)
    if (alone is None) != (both is None):
        refused, answered = ("without", "with") if alone is None else ("with", "without")
        raise WrongBroadcastBaseline(f"{what}: refused {refused} the delta, answered {answered} it", Severity.CRASH)
