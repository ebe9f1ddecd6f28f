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
    domain="anywhere",
    source="https://captum.ai/api/integrated_gradients.html",
)
def argument_forms(problem: Problem, subject: Subject) -> None:
    """An argument alone = in a 1-tuple: the same answer; None, numbers, text, tuples, 0-d tensors come as they are."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    met: list[tuple[Any, ...]] = []

    def unpacking(points: Tensor, packed: Tensor, *others: Any) -> Any:
        met.append(others)
        return entry.forward(points, *packed.unbind(1))

    packed, unpacked = _packed(entry), replace(entry, forward=unpacking)
    expected = expected_by(oracle_of(problem, subject))
    for name, additional in (
        ("an argument alone", packed),
        ("an argument in a tuple", (packed,)),
        ("arguments that are not per example", (packed, *AS_THEY_ARE)),
    ):
        met.clear()
        what = f"{where(problem)} with {name}"
        answer = asking(
            ArgumentFormMatters,
            what,
            partial(with_delta, problem, subject, setting, unpacked, additional_forward_args=additional),
        )
        assert_answer(ArgumentFormMatters, answer, expected, what)
        given = additional[1:] if isinstance(additional, tuple) else ()
        for others in met:
            if repr(others) != repr(given):
                raise ArgumentFormMatters(f"{what}: the forward got {others!r}, given was {given!r}")


@law(
    group="conventions",
    violation=WrongSharedMask,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/meta-pytorch/captum/issues/625",
)
def shared_mask(problem: Problem, subject: Subject) -> None:
    """A (1, length) mask, to a forward that takes one = the mask repeated for each example, or a refusal."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)

    def expanding(points: Tensor, mask: Tensor, *others: Any) -> Any:
        return entry.forward(points, mask.expand(len(points), -1), *others)

    asked = replace(entry, forward=expanding, additional=(_shared(entry), *entry.additional[1:]))
    what = f"{where(problem)} with a mask of shape (1, {problem.data.length})"
    answer = answer_or_refusal(WrongSharedMask, what, NAMES, partial(with_delta, problem, subject, setting, asked))
    if answer is not None:
        assert_answer(WrongSharedMask, answer, expected_by(entering(oracle_of(problem, subject), _repeating)), what)


@law(
    group="conventions",
    violation=WrongConstantVector,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/meta-pytorch/captum/issues/625",
)
def constant_vector(problem: Problem, subject: Subject) -> None:
    """A vector of batch + 1 numbers, the same for all examples, comes as it is, or the call is refused."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    vector = torch.eye(problem.data.batch + 1, dtype=problem.dtype, device=subject.device)[0]

    def scaled(*arguments: Any) -> Any:
        return entry.forward(*arguments[:-1]) * arguments[-1].sum()

    asked = replace(entry, forward=scaled, additional=(*entry.additional, vector))
    what = f"{where(problem)} with a vector that scales F by its sum, 1"
    answer = answer_or_refusal(WrongConstantVector, what, NAMES, partial(with_delta, problem, subject, setting, asked))
    if answer is not None:
        assert_answer(WrongConstantVector, answer, expected_by(oracle_of(problem, subject)), what)


def _packed(entry: Entry) -> Tensor:
    """Mask, types and positions in one tensor (batch, 3, length), with what the model would put for None."""
    mask, types, positions = entry.additional
    ones = torch.ones(entry.inputs.shape[:2], dtype=torch.long, device=entry.inputs.device)
    return torch.stack(
        (
            ones if mask is None else mask,
            ones - 1 if types is None else types,
            ones.cumsum(1) - 1 if positions is None else positions,
        ),
        dim=1,
    )


def _shared(entry: Entry) -> Tensor:
    """The mask of the first example, (1, length)."""
    return _packed(entry)[:1, 0]


def _repeating(entry: Entry) -> Entry:
    """The entry with the mask of the first example for all."""
    mask = _shared(entry).expand(len(entry.inputs), -1)
    return replace(entry, additional=(mask, *entry.additional[1:]))
