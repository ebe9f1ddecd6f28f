"""Group *completeness*: attributions add up to F(x) − F(x'), but for the quadrature error that the oracle predicts."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from reference.laws.ask import ask_ig, ask_lig, known_rule, on_cpu, setting_for
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_equal, assert_shape, assert_within
from reference.oracle.expected import Expected, Oracle
from reference.oracle.path_integral import Integral, totals
from reference.problem import Place, Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Severity, Violation

AXIOM = "Sundararajan, Taly, Yan 2017, proposition 1, https://arxiv.org/abs/1703.01365"


class InputsIncomplete(Violation):
    """The total of IG on `inputs_embeds` misses F(x) − F(x') by more than the rule does."""


class LayerIncomplete(Violation):
    """The total of LIG misses the change of F by more than the rule does."""


class WrongInputDelta(Violation):
    """The delta returned with IG is not the completeness gap of the attribution returned with it."""


class WrongLayerDelta(Violation):
    """The delta returned with LIG is not the completeness gap of the attribution returned with it."""


@law(
    group="completeness",
    violation=InputsIncomplete,
    needs={"ig"},
    source=AXIOM,
    domain="smooth",
    implied_by="input_attribution",
)
def input_completeness(problem: Problem, subject: Subject) -> None:
    """Σ IG − (F(x) − F(x')) = S_n − ∫₀¹ ∇F · Δ dα: the gap is the rule's own quadrature error."""
    oracle = Oracle.of(problem, known_rule(problem, subject))
    got = ask_ig(InputsIncomplete, problem, subject, setting_for(problem, subject))
    _assert_complete(InputsIncomplete, got, oracle.ig(), oracle.integral(), "IG on inputs_embeds")


@law(
    group="completeness",
    violation=LayerIncomplete,
    needs={"lig"},
    source=AXIOM,
    domain="smooth_or_masking",
    implied_by="layer_attribution",
)
def layer_completeness(problem: Problem, subject: Subject) -> None:
    """Σ LIG − (F_rest(h) − F_rest(h')) = S_n − ∫₀¹ ∇F_rest · Δh dα at every layer that all paths lead through."""
    oracle = Oracle.of(problem, known_rule(problem, subject))
    setting = setting_for(problem, subject)
    passed = [place for place in setting.places if not oracle.second_path(place)]
    if not passed:
        raise NotApplicable("second path: ids reach the output past every layer")
    for place in passed:
        got = ask_lig(LayerIncomplete, problem, subject, setting, place)
        _assert_complete(LayerIncomplete, got, oracle.lig(place), oracle.integral(place), f"LIG at {place}")


@law(group="completeness", violation=WrongInputDelta, needs={"ig"}, source=AXIOM)
def input_delta(problem: Problem, subject: Subject) -> None:
    """The delta returned with IG = Σ attribution − (F(x) − F(x')), one per example."""
    expected = Oracle.of(problem, known_rule(problem, subject)).ig()
    answer = ask_ig(WrongInputDelta, problem, subject, setting_for(problem, subject), return_convergence_delta=True)
    _assert_delta(WrongInputDelta, answer, expected, expected.change, "the delta of IG")


@law(group="completeness", violation=WrongLayerDelta, needs={"lig"}, source=AXIOM)
def layer_delta(problem: Problem, subject: Subject) -> None:
    """The delta returned with LIG = Σ attribution − (F(x) − F(x')), one per example."""
    oracle = Oracle.of(problem, known_rule(problem, subject))
    setting = setting_for(problem, subject)
    place = Place(setting.prefix + "embeddings")
    answer = ask_lig(WrongLayerDelta, problem, subject, setting, place, return_convergence_delta=True)
    end, start = oracle.ends()
    _assert_delta(WrongLayerDelta, answer, oracle.lig(place), end - start, f"the delta of LIG at {place}")


def _assert_complete(kind: type[Violation], got: Any, expected: Expected, integral: Integral, what: str) -> None:
    __tracebackhide__ = True
    assert_shape(kind, got, tuple(expected.attribution.shape), what)
    predicted = totals(expected.attribution) - totals(integral.attribution)
    gap = totals(on_cpu(got)) - expected.change
    quadrature = Budget(integral.error, "error of the converged integral")
    assert_within(
        kind,
        error=gap - predicted,
        budget=expected.gap + quadrature,
        what=f"the completeness gap of {what}",
        got=gap,
        expected=predicted,
    )


def _assert_delta(kind: type[Violation], answer: Any, expected: Expected, change: Tensor, what: str) -> None:
    __tracebackhide__ = True
    if not (isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(part, Tensor) for part in answer)):
        raise kind(f"{what}: expected (attribution, delta), got {type(answer).__name__}", Severity.WRONG_SHAPE)
    attribution, delta = answer
    gap = totals(on_cpu(attribution)) - change
    assert_equal(kind, got=delta, expected=gap, budget=expected.gap, what=what)
