"""Group *conventions*, the forms of `target` and `baselines`: those that mean the same give the same.

The forms are those that Captum's documentation names, because users know them. A form that it does not name may be
an error that names the argument. Each form is asked with its delta: the delta reads the form again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reference.built_problem import Entry
from reference.constraint import ENDS, TARGET
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Severity, Violation

DOCUMENTED = "https://captum.ai/api/integrated_gradients.html"

Forms = dict[str, Any]


class TargetFormMatters(Violation):
    """Two documented forms of one target give different results."""


class WrongOtherTarget(Violation):
    """A target counted from the end, of other integers, or in a column is neither right nor an error."""


class StructuredTargetFormMatters(Violation):
    """For an output of more than two dimensions, two forms of one target give different results."""


class BaselineFormMatters(Violation):
    """Two documented forms of one baseline give different results."""


class WrongBroadcastBaseline(Violation):
    """A baseline of one token for all places is neither right nor an error, or an error with the delta only."""


@law(group="conventions", violation=TargetFormMatters, needs={"ig"}, domain="bags_anywhere", source=DOCUMENTED)
def target_forms(problem: Problem, subject: Subject) -> None:
    """Target t = tensor(t) = tensor([t]) = [t, …, t] = tensor([t, …, t]) = none for F[:, t]: the same result."""
    asking = Asking.of(TargetFormMatters, problem, subject)
    entry = asking.entry
    each, single = targets(asking)
    forms: Forms = {"as a list": each, "as a 1-D tensor": torch.tensor(each)}
    if single:
        t = each[0]
        forms |= {"as an int": t, "as a 0-d tensor": torch.tensor(t), "as a tensor of one": torch.tensor([t])}
        forms["left to the forward"] = None
    for name, target in forms.items():
        what = f"{asking.what} with the target {name}"
        entered = entry if target is not None else replace(entry, forward=lambda *given: entry.forward(*given)[:, t])
        asking.assert_both(asking.with_delta(what, entered, target=target), what)


@law(
    group="conventions",
    violation=WrongOtherTarget,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/meta-pytorch/captum/issues/741",
    cases=("counted from the end", "of other types"),
)
def other_targets(problem: Problem, subject: Subject) -> None:
    """A target counted from the end, of NumPy integers or 0-d tensors, in a column: the same result, or an error."""
    asking = Asking.of(WrongOtherTarget, problem, subject)
    each, single = targets(asking)
    classes = _sizes(asking)[0]

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
    for forms in problem.call.chosen(cases).values():
        for name, target in forms.items():
            _assert_same_or_error(asking, name, target)


@law(
    group="conventions",
    violation=StructuredTargetFormMatters,
    needs={"ig"},
    domain="structured",
    source=DOCUMENTED,
    implied_by="input_attribution",
)
def structured_targets(problem: Problem, subject: Subject) -> None:
    """Target (i, j) = [(i, j), …]: the same result; counted from the end, in a (batch, 2) tensor: or an error."""
    asking = Asking.of(StructuredTargetFormMatters, problem, subject)
    each, single = targets(asking)
    sizes = _sizes(asking)
    documented: Forms = {"as a list": each, **({"as a tuple": each[0]} if single else {})}
    for name, target in documented.items():
        what = f"{asking.what} with the target {name}"
        asking.assert_both(asking.with_delta(what, target=target), what)
    from_the_end = [tuple(i - size for i, size in zip(index, sizes, strict=True)) for index in each]
    for name, target in (
        ("counted from the end", from_the_end[0] if single else from_the_end),
        ("in a (batch, 2) tensor", torch.tensor(each)),
    ):
        _assert_same_or_error(asking, name, target)


def targets(asking: Asking) -> tuple[list[Any], bool]:
    """The index of each example, and whether the call has one index for all."""
    target: Any = asking.problem.call.target
    single = not isinstance(target, tuple) or (asking.built.output_dims > 2 and not isinstance(target[0], tuple))
    return ([target] * asking.problem.data.batch if single else list(target)), single


def _sizes(asking: Asking) -> tuple[int, ...]:
    """The shape of the output for one example."""
    with torch.no_grad():
        return tuple(asking.entry.output().shape[1:])


def _assert_same_or_error(asking: Asking, name: str, target: Any) -> None:
    __tracebackhide__ = True
    what = f"{asking.what} with the target {name}"
    got = asking.with_delta_or_error(TARGET, what, target=target)
    if got is not None:
        asking.assert_both(got, what)


@law(group="conventions", violation=BaselineFormMatters, needs={"ig"}, domain="bags_of_any_length", source=DOCUMENTED)
def baseline_forms(problem: Problem, subject: Subject) -> None:
    """Baseline (b, …, b) = b alone, (v, …, v) = v for a number v, 0, or False for a bool, = none: the same result."""
    asking = Asking.of(BaselineFormMatters, problem, subject)
    entry = asking.entry
    number = entry.baselines.flatten()[0].item()
    same: list[tuple[Callable[[Tensor], Tensor], Forms]] = [
        (lambda given: given[:1].expand_as(given), {"of one example": entry.baselines[:1]}),
        (lambda given: torch.full_like(given, number), {"as a number": number, "as a float": float(number)}),
        (torch.zeros_like, {"not given": None, "as the int 0": 0, "as the float 0": 0.0}),
    ]
    for full, forms in same:

        def starting(entry: Entry, full: Callable[[Tensor], Tensor] = full) -> Entry:
            return replace(entry, baselines=full(entry.baselines))

        expected = asking.entering(starting).expected
        for name, baselines in {"in full": full(entry.baselines), **forms}.items():
            what = f"{asking.what} with the baseline {name}"
            asking.assert_both(asking.with_delta(what, baselines=baselines), what, expected)
    if asking.layer:
        what = f"{asking.what} of bool inputs, without a baseline"
        odd = replace(entry, inputs=entry.inputs % 2 == 1, forward=lambda x, *more: entry.forward(x.long(), *more))
        got = asking.with_delta(what, odd, baselines=None)
        asking.assert_both(got, what, asking.entering(_odd_from_zero).expected)


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
    """A (1, 1, …) baseline = its token in every place, or an error; with the delta as without it."""
    asking = Asking.of(WrongBroadcastBaseline, problem, subject)
    token = asking.entry.baselines[:1, :1]
    what = f"{asking.what} with a baseline of shape {tuple(token.shape)}"
    alone = asking.or_error(ENDS, what, baselines=token)
    if alone is not None:
        asking.assert_attribution(alone, what)
    both = asking.with_delta_or_error(ENDS, what, baselines=token)
    if both is not None:
        asking.assert_both(both, what)
    if (alone is None) != (both is None):
        fails, returns = ("without", "with") if alone is None else ("with", "without")
        raise WrongBroadcastBaseline(f"{what}: an error {fails} the delta, a result {returns} it", Severity.CRASH)
