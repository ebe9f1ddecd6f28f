"""A problem's one call, where a law is about the way of calling: IG on `inputs_embeds`, or LIG at the call's layer.

`call.layer` is part of the problem, None for IG, so that each such law holds for both methods at the price of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import Tensor

from reference.laws.ask import known_rule, options, setting_for
from reference.laws.axioms.changes import entries
from reference.oracle.budget import assert_equal
from reference.oracle.expected import Expected, Oracle
from reference.oracle.path_integral import totals
from reference.problem import Entry, Place, Problem, Setting
from reference.subject import Subject, capabilities
from reference.violation import NotApplicable, Severity, Violation


def place_of(problem: Problem) -> Place | None:
    """Where the call asks: None is `inputs_embeds`."""
    return None if problem.call.layer is None else Place.named(problem.call.layer)


def where(problem: Problem) -> str:
    """What is asked, in words."""
    place = place_of(problem)
    return f"LIG at {place}" if place else "IG on inputs_embeds"


def built(problem: Problem, subject: Subject) -> Setting:
    """The problem built for the subject.

    Raises   NotApplicable where the call asks for a layer and the subject has no lig
    """
    if place_of(problem) and "lig" not in capabilities(subject):
        raise NotApplicable(f"subject {subject.name} has no lig")
    return setting_for(problem, subject)


def entry_of(problem: Problem, setting: Setting) -> Entry:
    """The way into the model that the call takes."""
    return setting.layered if place_of(problem) else setting.embeddings


def call(problem: Problem, subject: Any, setting: Setting, entry: Entry | None = None, **more: Any) -> Any:
    """The subject's answer, by `entry` where it is not the call's own. What an error means, the law knows."""
    entry, place = entry or entry_of(problem, setting), place_of(problem)
    arguments = {
        "inputs": entry.inputs,
        "baselines": entry.baselines,
        "additional_forward_args": entry.additional,
        **options(problem, setting),
        **more,
    }
    if place is None:
        return subject.ig(entry.forward, **arguments)
    at_layer = {"layer": place.module(setting.model), "attribute_to_layer_input": place.at_input}
    return subject.lig(entry.forward, **{**at_layer, **arguments})


def with_delta(problem: Problem, subject: Any, setting: Setting, entry: Entry | None = None, **more: Any) -> Any:
    """The subject's answer and its delta."""
    return call(problem, subject, setting, entry, return_convergence_delta=True, **more)


def oracle_of(problem: Problem, subject: Subject) -> Oracle:
    """The oracle, under the rule that the subject is known to follow."""
    return Oracle.of(problem, known_rule(problem, subject))


def entering(oracle: Oracle, change: Callable[[Entry], Entry]) -> Oracle:
    """The oracle of the same problem whose entries are changed."""
    return replace(oracle, wide=entries(oracle.wide, change), narrow=entries(oracle.narrow, change))


def expected_by(oracle: Oracle) -> Expected:
    """The right attribution where the oracle's problem asks for it."""
    place = place_of(oracle.problem)
    return oracle.lig(place) if place else oracle.ig()


def assert_attribution(kind: type[Violation], got: Any, expected: Expected, what: str) -> None:
    """The attribution is the expected one, to rounding."""
    __tracebackhide__ = True
    assert_equal(kind, got=got, expected=expected.attribution, budget=expected.elements, what=what)


def assert_delta(kind: type[Violation], got: Any, expected: Expected, what: str) -> None:
    """The delta is Σ attribution − (F(x) − F(x')) of the expected attribution, to rounding."""
    __tracebackhide__ = True
    gap = totals(expected.attribution) - expected.change
    assert_equal(kind, got=got, expected=gap, budget=expected.gap, what=f"the delta of {what}")


def assert_answer(kind: type[Violation], answer: Any, expected: Expected, what: str) -> None:
    """Attribution and delta are the expected ones, to rounding."""
    __tracebackhide__ = True
    attribution, delta = pair(kind, answer, what)
    assert_attribution(kind, attribution, expected, what)
    assert_delta(kind, delta, expected, what)


def pair(kind: type[Violation], answer: Any, what: str) -> tuple[Tensor, Tensor]:
    """(attribution, delta), both tensors."""
    __tracebackhide__ = True
    if not (isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(part, Tensor) for part in answer)):
        raise kind(f"{what}: expected (attribution, delta), got {type(answer).__name__}", Severity.WRONG_SHAPE)
    return answer
