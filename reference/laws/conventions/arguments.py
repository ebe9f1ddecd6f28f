"""Group *conventions*, additional arguments: what is per example follows the rows, all else comes as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from reference.built_problem import MASK, Entry
from reference.constraint import ARGUMENTS
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation

AS_THEY_ARE = (None, True, 3, 1.5, "text", (1, "two"), torch.tensor(1.5))
"""Arguments that have no row for each example."""


class ArgumentFormMatters(Violation):
    """An argument alone is not the same as in a tuple, or one that is not per example is changed on its way."""


class WrongSharedMask(Violation):
    """A mask of one row for all examples is neither right nor an error."""


class WrongConstantVector(Violation):
    """A vector that is not per example is neither passed as it is nor an error."""


@law(
    group="conventions",
    violation=ArgumentFormMatters,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://captum.ai/api/integrated_gradients.html",
)
def argument_forms(problem: Problem, subject: Subject) -> None:
    """An argument alone = in a 1-tuple; a number per example goes with it; None, text, 0-d tensors are not touched."""
    asking = Asking.of(ArgumentFormMatters, problem, subject)
    entry = asking.entry
    mask = entry.explicit_mask
    met: list[tuple[Any, ...]] = []

    def noting(points: Any, seen: Any, *others: Any) -> Any:
        met.append(others)
        return entry.forward(points, mask[seen] if seen.dim() == 1 else seen)

    noted = replace(entry, forward=noting)
    for name, additional, given in (
        ("an argument alone", mask, ()),
        ("an argument in a tuple", (mask,), ()),
        ("a number for each example", torch.arange(len(mask), device=mask.device), ()),
        ("arguments that are not per example", (mask, *AS_THEY_ARE), AS_THEY_ARE),
    ):
        met.clear()
        what = f"{asking.what} with {name}"
        asking.assert_both(asking.with_delta(what, noted, additional_forward_args=additional), what)
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
    """A (1, length) mask, to a forward that takes one = the mask repeated for each example, or an error."""
    asking = Asking.of(WrongSharedMask, problem, subject)
    entry = asking.entry
    mask = entry.explicit_mask[:1]
    what = f"{asking.what} with a mask of shape {tuple(mask.shape)}"
    got = asking.with_delta_or_error(ARGUMENTS, what, entry.with_arguments(**{MASK: mask}))
    if got is not None:
        asking.assert_both(got, what, asking.entering(_repeating).expected)


@law(
    group="conventions",
    violation=WrongConstantVector,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/meta-pytorch/captum/issues/625",
)
def constant_vector(problem: Problem, subject: Subject) -> None:
    """A vector of batch + 1 numbers, the same for all examples, comes as it is, or the call raises an error."""
    asking = Asking.of(WrongConstantVector, problem, subject)
    entry = asking.entry
    # Its sum is 1, and no longer if a number at either end is cut off, or if it is repeated.
    middle = [0.0] * (problem.data.batch - 1)
    vector = torch.tensor([-1.0, *middle, 2.0], dtype=problem.dtype, device=subject.device)

    def scaled(*arguments: Any) -> Any:
        return entry.forward(*arguments[:-1]) * arguments[-1].sum()

    what = f"{asking.what} with a vector that scales F by its sum, 1"
    more: dict[str, Any] = {"forward": scaled, "additional_forward_args": (*entry.arguments, vector)}
    got = asking.with_delta_or_error(ARGUMENTS, what, **more)
    if got is not None:
        asking.assert_both(got, what)


def _repeating(entry: Entry) -> Entry:
    """The entry with the mask of the first example for all."""
    return entry.with_arguments(**{MASK: entry.explicit_mask[:1].expand(len(entry.inputs), -1)})
