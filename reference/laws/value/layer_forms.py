"""Group *value*, for layers that do not simply give one tensor once: the same as the unmodified twin, or a clear error.

Each problem's model is a variant (reference/models/variants.py) that computes the same function as its twin. The oracle
is asked about the twin, where the layer is unmodified, and the subject about the variant. Never a wrong number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Layer
from reference.constraint import LAYER
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.models.variants import apart
from reference.oracle.budget import Budget, assert_equal
from reference.oracle.expected import Expected
from reference.problem import Problem
from reference.subject import Subject, capabilities
from reference.violation import Violation


class WrongInStructure(Violation):
    """LIG at a layer with a structured output is neither that of its tensor nor an error."""


class WrongWithOtherArguments(Violation):
    """LIG at a layer's input, called with more than one tensor, is neither that of its first nor an error."""


class WrongLengthFirst(Violation):
    """LIG at a layer whose output is not batch-first is neither right nor an error."""


class WrongRowsOfChoices(Violation):
    """LIG at a layer with a row for each choice of an example is neither right nor an error."""


class WrongCalledTwice(Violation):
    """LIG at a module that is run twice is neither that of its two twins nor an error."""


class WrongInPlace(Violation):
    """An in-place operation after the layer changes LIG."""


class WrongUnderCheckpointing(Violation):
    """Gradient checkpointing changes LIG."""


@law(
    group="value",
    violation=WrongInStructure,
    needs={"lig"},
    domain="structures",
    source="https://github.com/meta-pytorch/captum/issues/1215",
)
def structured_output(problem: Problem, subject: Subject) -> None:
    """LIG at a layer returning (h, …), [h], {h}, a ModelOutput, or h in two parts = LIG at h, or an error."""
    asking = _at_stage(WrongInStructure, problem, subject)
    what = f"LIG at the variant {problem.model.variant}"
    got = asking.or_error(LAYER, what, valid=_valid_twin(asking, "unmodified"))
    if got is None:
        return
    expected = _twin(asking, "unmodified")
    if problem.model.variant != "parts_in_output":
        asking.assert_attribution(_first(got), what, expected)
        return
    parts = asking.list_of(2, got, what, tuple)
    for part, own, name in zip(parts, apart(expected.attribution), ("first number", "rest"), strict=True):
        what = f"LIG at the {name} of a layer's output"
        budget, whole = expected.elements, expected.attribution
        assert_equal(WrongInStructure, got=part, expected=own, budget=budget, what=what, against=whole)


@law(
    group="value",
    violation=WrongWithOtherArguments,
    needs={"lig"},
    domain="calls",
    source="https://github.com/meta-pytorch/captum/issues/733",
)
def input_among_others(problem: Problem, subject: Subject) -> None:
    """LIG at the input of a layer called with h by keyword, or beside None, masks or ids = LIG at h, or an error."""
    asking = _at_stage(WrongWithOtherArguments, problem, subject, at_input=True)
    what = f"LIG at the variant {problem.model.variant}"
    got = asking.or_error(LAYER, what, valid=_valid_twin(asking, "unmodified"))
    if got is not None:
        asking.assert_attribution(_first(got), what, _twin(asking, "unmodified"))


@law(
    group="value",
    violation=WrongLengthFirst,
    needs={"lig"},
    domain="length_first",
    source="https://github.com/meta-pytorch/captum/issues/434",
)
def length_first_output(problem: Problem, subject: Subject) -> None:
    """LIG at a layer with output (length, batch, hidden) = the twin's, transposed, or an error."""
    asking = _at_stage(WrongLengthFirst, problem, subject)
    what = f"LIG at the variant {problem.model.variant}"
    got = asking.or_error(LAYER, what, valid=_valid_twin(asking, "unmodified"))
    if got is None:
        return
    attribution = _first(got)
    batch_first = (
        attribution.transpose(0, 1) if isinstance(attribution, Tensor) and attribution.dim() > 1 else attribution
    )
    asking.assert_attribution(batch_first, what, _twin(asking, "unmodified"))


@law(
    group="value",
    violation=WrongRowsOfChoices,
    needs={"lig"},
    domain="choices",
    source="https://github.com/meta-pytorch/captum/issues/329",
)
def rows_of_choices(problem: Problem, subject: Subject) -> None:
    """LIG at a layer of a multiple choice, a row or a part for each choice, = the rule's sum there, or an error."""
    asking = Asking.of(WrongRowsOfChoices, problem, subject)
    what, expected = f"{asking.what} of a multiple choice", asking.expected
    got = asking.or_error(LAYER, what, valid=_of_inputs(asking))
    if got is None:
        return
    if isinstance(got, Tensor) and got.dim() < expected.attribution.dim():
        expected = expected.of_rows
    asking.assert_attribution(got, what, expected)


@law(
    group="value",
    violation=WrongCalledTwice,
    needs={"lig"},
    domain="tied",
    source="https://github.com/meta-pytorch/captum/issues/794",
)
def module_called_twice(problem: Problem, subject: Subject) -> None:
    """LIG at a module run twice = the joint LIG of two modules with tied weights (0 for the first), or an error."""
    asking = Asking.of(WrongCalledTwice, problem, subject)
    first = asking.at(asking.built.layer(0))
    got = first.or_error(LAYER, valid=_valid_twin(asking, "equal_layers", lambda twin: twin.layer(1)))
    if got is None:
        return
    if isinstance(got, Tensor):
        raise WrongCalledTwice(f"{first.what}, run twice: one attribution, as if it were run once")
    overridden, last = first.list_of(2, list(got) if isinstance(got, tuple) else got, f"{first.what}, run twice")
    expected = _twin(asking, "equal_layers", lambda twin: twin.layer(1))
    none = torch.zeros_like(expected.attribution)
    exact = Budget.exact(len(none), "the second run overrides it: exactly 0")
    what = f"LIG at the first run of {first.layer}"
    beside = expected.attribution
    assert_equal(WrongCalledTwice, got=overridden, expected=none, budget=exact, what=what, against=beside)
    asking.assert_attribution(last, f"LIG at the second run of {first.layer}", expected)


@law(
    group="value",
    violation=WrongInPlace,
    needs={"lig"},
    domain="in_place",
    source="https://github.com/meta-pytorch/captum/pull/165",
)
def in_place_operation(problem: Problem, subject: Subject) -> None:
    """LIG at a layer whose output is doubled in place = LIG where it is doubled out of place."""
    asking = _at_stage(WrongInPlace, problem, subject)
    asking.assert_attribution(asking.attribution(), "", _twin(asking, "doubled", lambda twin: twin.inner))


@law(
    group="value",
    violation=WrongUnderCheckpointing,
    needs={"lig"},
    domain="checkpointed",
    source="https://github.com/stanfordnlp/pyvene/pull/242",
)
def checkpointed_layer(problem: Problem, subject: Subject) -> None:
    """LIG inside a checkpointed block, which is run again in the backward pass = LIG without checkpointing."""
    asking = Asking.of(WrongUnderCheckpointing, problem, subject)
    asking = replace(asking, layer=asking.built.checkpointed)
    right = _twin(asking, "unmodified", lambda twin: twin.checkpointed)
    asking.assert_attribution(asking.attribution(), "", right)


def _at_stage(violation: type[Violation], problem: Problem, subject: Subject, *, at_input: bool = False) -> Asking:
    """At the module in which a staged variant differs from its twin."""
    asking = Asking.of(violation, problem, subject)
    return replace(asking, layer=replace(asking.built.inner, at_input=at_input))


def _twin(
    asking: Asking, variant: str, layer: Callable[[BuiltProblem], Layer] = lambda twin: twin.embeddings_layer
) -> Expected:
    """What is right for the twin, at its embeddings or at another layer."""
    problem = asking.problem
    twin = replace(problem, model=replace(problem.model, variant=variant))
    right = Asking(asking.violation, twin, asking.subject, asking.built)
    return right.at(layer(right.oracle.float64)).expected


def _valid_twin(
    asking: Asking, variant: str, layer: Callable[[BuiltProblem], Layer] = lambda twin: twin.embeddings_layer
) -> Callable[[], None]:
    """The call for the twin, at its embeddings or at another layer: it returns a result."""

    def call() -> None:
        problem = replace(asking.problem, model=replace(asking.problem.model, variant=variant))
        twin = Asking.of(asking.violation, problem, asking.subject)
        replace(twin, layer=layer(twin.built)).assert_answered()

    return call


def _of_inputs(asking: Asking) -> Callable[[], None]:
    """IG on the inputs, or LIG where they enter the model: the call returns a result."""
    ids_enter = asking.built.word_table
    return replace(asking, layer=None if "ig" in capabilities(asking.subject) else ids_enter).assert_answered


def _first(result: Any) -> Any:
    """The attribution of the hidden states: alone, or first in a structure whose other parts are no features."""
    if isinstance(result, dict) and result:
        return next(iter(result.values()))
    return result[0] if isinstance(result, tuple | list) and result else result
