"""Group *errors*, LIG: what IG must say of its inputs and of a cut gradient, LIG must say too.

LIG reads its inputs in code of its own, since token ids are inputs to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reference.constraint import GRADIENT, INPUTS
from reference.laws.asking import Asking
from reference.laws.errors.calls import CAPTUM
from reference.laws.law import law
from reference.oracle.budget import assert_shape
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation


class MisfitLayerInputs(Violation):
    """LIG of inputs that are not one batch is returned, or raises an error about something else."""


class CutBehindLayer(Violation):
    """LIG at a layer from which no gradient comes is returned although F changes."""


@law(
    group="errors",
    violation=MisfitLayerInputs,
    needs={"lig", "refuses"},
    domain="bags_at_layers",
    source=CAPTUM + "issues/698",
    cases=("inputs of two batches", "no example"),
)
def layer_inputs_are_one_batch(problem: Problem, subject: Subject) -> None:
    """LIG of inputs of different numbers of examples: an error about that; of no example: as empty, or an error."""
    asking = Asking.of(MisfitLayerInputs, problem, subject)
    entry, x = asking.entry, asking.entry.inputs

    def of_all(first: Tensor, *others: Tensor) -> Any:
        return entry.forward(first) + sum(other.to(problem.dtype).mean() for other in others)

    given: dict[str, Any] = {"inputs of two batches": (x, torch.cat([x, x[:1]])), "no example": x[:0]}
    for name, inputs in problem.call.chosen(given).items():
        more = {"forward": of_all, "inputs": inputs, "baselines": None, "additional_forward_args": None, "target": 0}
        what = f"{asking.what} of {name}"
        if name == "inputs of two batches":
            asking.error(INPUTS, what, **more)
        elif (got := asking.or_error(INPUTS, what, **more)) is not None:
            assert_shape(MisfitLayerInputs, got, (0, *asking.expected.attribution.shape[1:]), what)


@law(
    group="errors",
    violation=CutBehindLayer,
    needs={"lig", "refuses"},
    domain="bags_at_layers",
    source=CAPTUM + "issues/978",
)
def cut_behind_layer(problem: Problem, subject: Subject) -> None:
    """F(x) ≠ F(x'), but the output is detached, or made in no_grad: LIG raises an error that says so, never zeros."""
    asking = Asking.of(CutBehindLayer, problem, subject)
    expected = asking.expected
    if not bool((expected.change.abs() > expected.gap.value).any()):
        raise NotApplicable("F(x) = F(x')")

    def detached(*given: Any) -> Any:
        return asking.entry.forward(*given).detach()

    forwards: dict[str, Callable[..., Any]] = {
        "a detached output": detached,
        "no_grad": torch.no_grad()(detached),  # forward mode sees through no_grad alone
    }
    for name, forward in forwards.items():
        asking.error(GRADIENT, f"{asking.what} of a forward with {name}", forward=forward)
