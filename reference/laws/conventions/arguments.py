"""Group *conventions*, additional arguments: what is per example follows the rows, all else comes as it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from reference.laws.calling import assert_answer, built, entering, entry_of, expected_by, oracle_of, where, with_delta
from reference.laws.law import law
from reference.problem import Entry, Problem
from reference.subject import Subject
from reference.violation import Violation, answer_or_refusal, asking

NAMES = ("additional_forward_args", "additional forward arg", "argument")
AS_THEY_ARE = (None, True, 3, 1.5, "text", (1, "two"), torch.tensor(1.5))
"""Arguments that have no row for each example."""


class ArgumentFormMatters(Violation):
    """An argument alone is not the same as in a tuple, or one that is not per example is changed on its way."""


class WrongSharedMask(Violation):
    """A mask of one row for all examples is neither right nor refused."""


class WrongConstantVector(Violation):
    """A vector that is not per example is neither passed as it is nor refused."""


@law(
    group="conventions",
    violation=ArgumentFormMatters,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://captum.ai/api/integrated_gradients.html",
)
def argument_forms(problem: Problem, subject: Subject) -> None:
    """An argument alone = in a 1-tuple; a number per example goes with it; None, text, 0-d tensors are not touched."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    met: list[tuple[Any, ...]] = []

    mask = mask_of(entry)

    def noting(points: Tensor, seen: Tensor, *others: Any) -> Any:
        met.append(others)
        return entry.forward(points, mask[seen] if seen.dim() == 1 else seen)

    noted = replace(entry, forward=noting)
    expected = expected_by(oracle_of(problem, subject))
    for name, additional, given in (
        ("an argument alone", mask, ()),
        ("an argument in a tuple", (mask,), ()),
        ("a number for each example", torch.arange(len(mask), device=mask.device), ()),
        ("arguments that are not per example", (mask, *AS_THEY_ARE), AS_THEY_ARE),
    ):
        met.clear()
        what = f"{where(problem)} with {name}"
        asked = partial(with_delta, problem, subject, setting, noted, additional_forward_args=additional)
        assert_answer(ArgumentFormMatters, asking(ArgumentFormMatters, what, asked), expected, what)
        for others in met:
            if repr(others) != repr(given):
                raise ArgumentFormMatters(f"{what}: the forward got {others!r}, given was {given!r}")


@law(
    group="conventions",
    violation=WrongSharedMask,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/meta-pytorch/captum/issues/625",
)
def shared_mask(problem: Problem, subject: Subject) -> None:
    """A (1, length) mask, to a forward that takes one = the mask repeated for each example, or a refusal."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    mask = mask_of(entry)[:1]
    what = f"{where(problem)} with a mask of shape {tuple(mask.shape)}"
    asked = partial(with_delta, problem, subject, setting, replace(entry, additional=(mask,)))
    answer = answer_or_refusal(WrongSharedMask, what, NAMES, asked)
    if answer is not None:
        repeated = entering(oracle_of(problem, subject), _repeating)
        assert_answer(WrongSharedMask, answer, expected_by(repeated), what)


@law(
    group="conventions",
    violation=WrongConstantVector,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/meta-pytorch/captum/issues/625",
)
def constant_vector(problem: Problem, subject: Subject) -> None:
    """A vector of batch + 1 numbers, the same for all examples, comes as it is, or the call is refused."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    vector = torch.eye(problem.data.batch + 1, dtype=problem.dtype, device=subject.device)[0]

    def scaled(*arguments: Any) -> Any:
        return entry.forward(*arguments[:-1]) * arguments[-1].sum()

    what = f"{where(problem)} with a vector that scales F by its sum, 1"
    scaling = replace(entry, forward=scaled, additional=(*entry.additional, vector))
    asked = partial(with_delta, problem, subject, setting, scaling)
    answer = answer_or_refusal(WrongConstantVector, what, NAMES, asked)
    if answer is not None:
        assert_answer(WrongConstantVector, answer, expected_by(oracle_of(problem, subject)), what)


def mask_of(entry: Entry) -> Tensor:
    """The mask, the first additional argument: (batch, length), of ones where it is left to the model."""
    mask: Tensor | None = entry.additional[0]
    return torch.ones(entry.inputs.shape[:2], dtype=torch.long, device=entry.inputs.device) if mask is None else mask


def _repeating(entry: Entry) -> Entry:
    """The entry with the mask of the first example for all."""
    return replace(entry, additional=(mask_of(entry)[:1].expand(len(entry.inputs), -1),), baseline_additional=None)
