"""Group *value*, for layers that do not simply give one tensor once: the same as the plain twin, or a clear refusal.

Each problem's model is a variant (reference/models/variants.py) that computes the same function as its twin. The oracle
is asked about the twin, where the layer is plain, and the subject about the variant. Never a wrong number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.laws.ask import ask, ask_lig, known_rule, setting_for
from reference.laws.law import law
from reference.models.variants import CHECKPOINTED, INNER, apart
from reference.models.versions import LAYER_END
from reference.oracle.budget import Budget, assert_equal
from reference.oracle.expected import Expected, Oracle
from reference.problem import Place, Problem
from reference.subject import Subject
from reference.violation import Severity, Violation, answer_or_refusal

NAMES = ("layer", "module")
"""A refusal speaks of the layer."""


class WrongInStructure(Violation):
    """LIG at a layer with a structured output is neither that of its tensor nor refused."""


class WrongWithOtherArguments(Violation):
    """LIG at a layer's input, called with more than one tensor, is neither that of its first nor refused."""


class WrongLengthFirst(Violation):
    """LIG at a layer whose output is not batch-first is neither right nor refused."""


class WrongRowsOfChoices(Violation):
    """LIG at a layer with a row for each choice of an example is neither right nor refused."""


class WrongCalledTwice(Violation):
    """LIG at a module that is run twice is neither that of its two twins nor refused."""


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
    """LIG at a layer returning (h, …), [h], {h}, a ModelOutput, or h in two parts = LIG at h, or a refusal."""
    got = _answer(WrongInStructure, problem, subject, INNER)
    if problem.model.variant != "parts_in_output":
        _assert_same_or_refused(WrongInStructure, problem, subject, got, _first)
    elif got is not None:
        _assert_parts(problem, subject, got)


@law(
    group="value",
    violation=WrongWithOtherArguments,
    needs={"lig"},
    domain="calls",
    source="https://github.com/meta-pytorch/captum/issues/733",
)
def input_among_others(problem: Problem, subject: Subject) -> None:
    """LIG at the input of a layer called with h by keyword, or beside None, masks or ids = LIG at h, or a refusal."""
    got = _answer(WrongWithOtherArguments, problem, subject, INNER, at_input=True)
    _assert_same_or_refused(WrongWithOtherArguments, problem, subject, got, _first)


@law(
    group="value",
    violation=WrongLengthFirst,
    needs={"lig"},
    domain="length_first",
    source="https://github.com/meta-pytorch/captum/issues/434",
)
def length_first_output(problem: Problem, subject: Subject) -> None:
    """LIG at a layer with output (length, batch, hidden) = the twin's, transposed, or a refusal."""
    got = _answer(WrongLengthFirst, problem, subject, INNER, names=(*NAMES, "batch"))
    _assert_same_or_refused(WrongLengthFirst, problem, subject, got, lambda answer: _first(answer).transpose(0, 1))


@law(
    group="value",
    violation=WrongRowsOfChoices,
    needs={"lig"},
    domain="choices",
    source="https://github.com/meta-pytorch/captum/issues/329",
)
def rows_of_choices(problem: Problem, subject: Subject) -> None:
    """LIG at a layer of a multiple choice, a row or a part for each choice, = the rule's sum there, or a refusal."""
    place = Place.named(problem.call.layer or "")
    expected = Oracle.of(problem, known_rule(problem, subject)).lig(place)
    what = f"LIG at {place} of a multiple choice"
    asked = ask(problem, subject, setting_for(problem, subject), place)
    got = answer_or_refusal(WrongRowsOfChoices, what, (*NAMES, "batch", "rows"), asked)
    if got is None:
        return
    if isinstance(got, Tensor) and got.dim() < expected.attribution.dim():
        expected = expected.of_rows
    assert_equal(WrongRowsOfChoices, got=got, expected=expected.attribution, budget=expected.elements, what=what)


@law(
    group="value",
    violation=WrongCalledTwice,
    needs={"lig"},
    domain="tied",
    source="https://github.com/meta-pytorch/captum/issues/794",
)
def module_called_twice(problem: Problem, subject: Subject) -> None:
    """LIG at a module run twice = the joint LIG of two modules with tied weights (0 for the first), or a refusal."""
    path = f"encoder.layer.0{LAYER_END}"
    got = _answer(WrongCalledTwice, problem, subject, path, names=(*NAMES, "twice", "times", "once"))
    if got is None:
        return
    if not (isinstance(got, tuple | list) and len(got) == 2):
        raise WrongCalledTwice(f"LIG at {path}, run twice: one attribution, as if it were run once")
    expected = _twin(problem, "equal_layers", f"encoder.layer.1{LAYER_END}", subject)
    assert_equal(
        WrongCalledTwice,
        got=got[0],
        expected=torch.zeros_like(expected.attribution),
        budget=Budget(torch.zeros(len(expected.attribution)), "the second run overrides it: exactly 0"),
        what=f"LIG at the first run of {path}",
    )
    assert_equal(
        WrongCalledTwice,
        got=got[1],
        expected=expected.attribution,
        budget=expected.elements,
        what=f"LIG at the second run of {path}",
    )


@law(
    group="value",
    violation=WrongInPlace,
    needs={"lig"},
    domain="in_place",
    source="https://github.com/meta-pytorch/captum/pull/165",
)
def in_place_operation(problem: Problem, subject: Subject) -> None:
    """LIG at a layer whose output is doubled in place = LIG where it is doubled out of place."""
    _assert_same(WrongInPlace, problem, subject, "doubled", INNER)


@law(
    group="value",
    violation=WrongUnderCheckpointing,
    needs={"lig"},
    domain="checkpointed",
    source="https://github.com/stanfordnlp/pyvene/pull/242",
)
def checkpointed_layer(problem: Problem, subject: Subject) -> None:
    """LIG inside a checkpointed block, which is run again in the backward pass = LIG without checkpointing."""
    _assert_same(WrongUnderCheckpointing, problem, subject, "plain", CHECKPOINTED)


def _twin(problem: Problem, variant: str, path: str, subject: Subject) -> Expected:
    """What the oracle expects at `path` of the twin."""
    twin = replace(problem, model=replace(problem.model, variant=variant))
    oracle = Oracle.of(twin, known_rule(problem, subject))
    return oracle.lig(Place(oracle.wide.prefix + path))


def _answer(
    kind: type[Violation],
    problem: Problem,
    subject: Subject,
    path: str,
    *,
    at_input: bool = False,
    names: tuple[str, ...] = NAMES,
) -> Any:
    setting = setting_for(problem, subject)
    place = Place(setting.prefix + path, at_input)
    what = f"LIG at {place} of the variant {problem.model.variant}"
    return answer_or_refusal(kind, what, names, ask(problem, subject, setting, place))


def _assert_same_or_refused(
    kind: type[Violation], problem: Problem, subject: Subject, got: Any, tensor: Callable[[Any], Tensor]
) -> None:
    __tracebackhide__ = True
    if got is None:
        return
    expected = _twin(problem, "plain", "embeddings", subject)
    assert_equal(
        kind,
        got=tensor(got),
        expected=expected.attribution,
        budget=expected.elements,
        what=f"LIG at the variant {problem.model.variant}",
    )


def _assert_parts(problem: Problem, subject: Subject, got: Any) -> None:
    __tracebackhide__ = True
    if not isinstance(got, tuple) or len(got) != 2:
        raise WrongInStructure("LIG at an output of two tensors: expected a tuple of two", Severity.WRONG_SHAPE)
    expected = _twin(problem, "plain", "embeddings", subject)
    for part, own, name in zip(got, apart(expected.attribution), ("first number", "rest"), strict=True):
        what = f"LIG at the {name} of a layer's output"
        assert_equal(WrongInStructure, got=part, expected=own, budget=expected.elements, what=what)


def _assert_same(kind: type[Violation], problem: Problem, subject: Subject, twin: str, path: str) -> None:
    __tracebackhide__ = True
    setting = setting_for(problem, subject)
    place = Place(setting.prefix + path)
    expected = _twin(problem, twin, path, subject)
    got = ask_lig(kind, problem, subject, setting, place)
    assert_equal(kind, got=got, expected=expected.attribution, budget=expected.elements, what=f"LIG at {place}")


def _first(answer: Any) -> Tensor:
    """The attribution of the hidden states: alone, or first in a structure whose other parts are no features."""
    if isinstance(answer, dict):
        answer = next(iter(answer.values()))
    elif isinstance(answer, tuple | list) and answer:
        answer = answer[0]
    return answer if isinstance(answer, Tensor) else torch.empty(0)
