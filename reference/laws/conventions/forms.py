"""Group *conventions*, the forms of `target` and `baselines`: those that mean the same give the same.

The forms are those that Captum's documentation names, because users know them. A form that it does not name may be
refused, by an error that names the argument. Each form is asked with its delta: the delta reads the form again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reference.laws.calling import (
    assert_answer,
    assert_attribution,
    built,
    call,
    entering,
    entry_of,
    expected_by,
    oracle_of,
    where,
    with_delta,
)
from reference.laws.law import law
from reference.oracle.expected import Expected
from reference.problem import Entry, Problem, Setting
from reference.subject import Subject
from reference.violation import Severity, Violation, answer_or_refusal, asking

DOCUMENTED = "https://captum.ai/api/integrated_gradients.html"

Forms = dict[str, Any]


class TargetFormMatters(Violation):
    """Two documented forms of one target give different answers."""


class WrongOtherTarget(Violation):
    """A target counted from the end, of other integers, or in a column is neither right nor refused."""


class StructuredTargetFormMatters(Violation):
    """For an output of more than two dimensions, two forms of one target give different answers."""


class BaselineFormMatters(Violation):
    """Two documented forms of one baseline give different answers."""


class WrongBroadcastBaseline(Violation):
    """A baseline of one token for all places is neither right nor refused, or is refused with the delta only."""


@law(group="conventions", violation=TargetFormMatters, needs={"ig"}, domain="bags_anywhere", source=DOCUMENTED)
def target_forms(problem: Problem, subject: Subject) -> None:
    """Target t = tensor(t) = tensor([t]) = [t, …, t] = tensor([t, …, t]) = none for F[:, t]: the same answer."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    each, single = targets(problem, setting)
    forms: Forms = {"as a list": each, "as a 1-D tensor": torch.tensor(each)}
    if single:
        t = each[0]
        forms |= {"as an int": t, "as a 0-d tensor": torch.tensor(t), "as a tensor of one": torch.tensor([t])}
        forms["left to the forward"] = None
    expected = expected_by(oracle_of(problem, subject))
    for name, target in forms.items():
        what = f"{where(problem)} with the target {name}"
        asked = entry if target is not None else replace(entry, forward=lambda *given: entry.forward(*given)[:, t])
        answer = asking(TargetFormMatters, what, partial(with_delta, problem, subject, setting, asked, target=target))
        assert_answer(TargetFormMatters, answer, expected, what)


@law(
    group="conventions",
    violation=WrongOtherTarget,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/meta-pytorch/captum/issues/741",
    cases=("counted from the end", "of other types"),
)
def other_targets(problem: Problem, subject: Subject) -> None:
    """A target counted from the end, of NumPy integers or 0-d tensors, in a column: the same answer, or a refusal."""
    setting = built(problem, subject)
    each, single = targets(problem, setting)
    classes = _sizes(problem, setting)[0]

    def made(number: Callable[[int], Any]) -> Any:
        return number(each[0]) if single else [number(t) for t in each]

    cases: dict[str, Forms] = {
        "counted from the end": {"counted from the end": made(lambda t: t - classes)},
        "of other types": {
            "of NumPy integers": made(np.int64),
            "of 0-d tensors": made(torch.tensor),
            "in a column": torch.tensor(each).unsqueeze(1),
        },
    }
    expected = expected_by(oracle_of(problem, subject))
    for forms in problem.call.asked(cases).values():
        for name, target in forms.items():
            _assert_same_or_refused(WrongOtherTarget, problem, subject, setting, expected, name, target)


@law(
    group="conventions",
    violation=StructuredTargetFormMatters,
    needs={"ig"},
    domain="structured",
    source=DOCUMENTED,
    implied_by="input_attribution",
)
def structured_targets(problem: Problem, subject: Subject) -> None:
    """Target (i, j) = [(i, j), …]: the same answer; counted from the end, in a (batch, 2) tensor: or a refusal."""
    kind = StructuredTargetFormMatters
    setting = built(problem, subject)
    each, single = targets(problem, setting)
    sizes = _sizes(problem, setting)
    expected = expected_by(oracle_of(problem, subject))
    documented: Forms = {"as a list": each, **({"as a tuple": each[0]} if single else {})}
    for name, target in documented.items():
        what = f"{where(problem)} with the target {name}"
        answer = asking(kind, what, partial(with_delta, problem, subject, setting, target=target))
        assert_answer(kind, answer, expected, what)
    from_the_end = [tuple(i - size for i, size in zip(index, sizes, strict=True)) for index in each]
    for name, target in (
        ("counted from the end", from_the_end[0] if single else from_the_end),
        ("in a (batch, 2) tensor", torch.tensor(each)),
    ):
        _assert_same_or_refused(kind, problem, subject, setting, expected, name, target)


def targets(problem: Problem, setting: Setting) -> tuple[list[Any], bool]:
    """The index of each example, and whether one index for all was asked for."""
    target: Any = problem.call.target
    single = not isinstance(target, tuple) or (setting.output_dims > 2 and not isinstance(target[0], tuple))
    return ([target] * problem.data.batch if single else list(target)), single


def _sizes(problem: Problem, setting: Setting) -> tuple[int, ...]:
    """The shape of the output for one example."""
    entry = entry_of(problem, setting)
    with torch.no_grad():
        return tuple(entry.forward(entry.inputs, *entry.additional).shape[1:])


def _assert_same_or_refused(
    kind: type[Violation],
    problem: Problem,
    subject: Subject,
    setting: Setting,
    expected: Expected,
    name: str,
    target: Any,
) -> None:
    __tracebackhide__ = True
    what = f"{where(problem)} with the target {name}"
    asked = partial(with_delta, problem, subject, setting, target=target)
    answer = answer_or_refusal(kind, what, ("target",), asked)
    if answer is not None:
        assert_answer(kind, answer, expected, what)


@law(group="conventions", violation=BaselineFormMatters, needs={"ig"}, domain="bags_of_any_length", source=DOCUMENTED)
def baseline_forms(problem: Problem, subject: Subject) -> None:
    """Baseline (b, …, b) = b alone, (v, …, v) = v for a number v, 0, or False for a bool, = none: the same answer."""
    setting = built(problem, subject)
    oracle = oracle_of(problem, subject)
    entry = entry_of(problem, setting)
    number = entry.baselines.flatten()[0].item()
    same: list[tuple[Callable[[Tensor], Tensor], Forms]] = [
        (lambda given: given[:1].expand_as(given), {"of one example": entry.baselines[:1]}),
        (lambda given: torch.full_like(given, number), {"as a number": number, "as a float": float(number)}),
        (torch.zeros_like, {"not given": None, "as the int 0": 0, "as the float 0": 0.0}),
    ]
    for full, forms in same:

        def starting(entry: Entry, full: Callable[[Tensor], Tensor] = full) -> Entry:
            return replace(entry, baselines=full(entry.baselines))

        expected = expected_by(entering(oracle, starting))
        for name, baselines in {"in full": full(entry.baselines), **forms}.items():
            what = f"{where(problem)} with the baseline {name}"
            asked = partial(with_delta, problem, subject, setting, baselines=baselines)
            assert_answer(BaselineFormMatters, asking(BaselineFormMatters, what, asked), expected, what)
    if problem.call.layer:
        what = f"{where(problem)} of bool inputs, without a baseline"
        odd = replace(entry, inputs=entry.inputs % 2 == 1, forward=lambda x, *more: entry.forward(x.long(), *more))
        asked = partial(with_delta, problem, subject, setting, odd, baselines=None)
        expected = expected_by(entering(oracle, _odd_from_zero))
        assert_answer(BaselineFormMatters, asking(BaselineFormMatters, what, asked), expected, what)


def _odd_from_zero(entry: Entry) -> Entry:
    """Id 1 where the id is odd, 0 elsewhere, and in the baseline."""
    return replace(entry, inputs=entry.inputs % 2, baselines=torch.zeros_like(entry.baselines))


@law(
    group="conventions",
    violation=WrongBroadcastBaseline,
    needs={"ig"},
    domain="one_token",
    source="https://github.com/meta-pytorch/captum/issues/1096",
)
def broadcast_baseline(problem: Problem, subject: Subject) -> None:
    """A (1, 1, …) baseline = its token in every place, or a refusal; with the delta as without it."""
    setting = built(problem, subject)
    token = entry_of(problem, setting).baselines[:1, :1]
    expected = expected_by(oracle_of(problem, subject))
    what = f"{where(problem)} with a baseline of shape {tuple(token.shape)}"
    ask = partial(answer_or_refusal, WrongBroadcastBaseline, what, ("baseline",))
    alone = ask(partial(call, problem, subject, setting, baselines=token))
    if alone is not None:
        assert_attribution(WrongBroadcastBaseline, alone, expected, what)
    both = ask(partial(with_delta, problem, subject, setting, baselines=token))
    if both is not None:
        assert_answer(WrongBroadcastBaseline, both, expected, what)
    if (alone is None) != (both is None):
        refused, answered = ("without", "with") if alone is None else ("with", "without")
        raise WrongBroadcastBaseline(f"{what}: refused {refused} the delta, answered {answered} it", Severity.CRASH)
