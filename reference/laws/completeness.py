"""Group *completeness*: attributions add up to F(x) − F(x'), but for the quadrature error that the oracle predicts."""

from __future__ import annotations

from torch import Tensor

from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import assert_equal, assert_shape, assert_within, with_integrals
from reference.oracle.path_integral import totals
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

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
    _assert_complete(Asking.of(InputsIncomplete, problem, subject))


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
    asking = Asking.of(LayerIncomplete, problem, subject)
    passed = [layer for layer in asking.built.layers_in_order if not asking.oracle.second_path(layer)]
    if not passed:
        raise NotApplicable("second path: ids reach the output past every layer")
    for layer in passed:
        _assert_complete(asking.at(layer))


@law(group="completeness", violation=WrongInputDelta, needs={"ig"}, source=AXIOM)
def input_delta(problem: Problem, subject: Subject) -> None:
    """The delta returned with IG = Σ attribution − (F(x) − F(x')), one per example."""
    asking = Asking.of(WrongInputDelta, problem, subject)
    _assert_delta(asking, asking.expected.change)


@law(group="completeness", violation=WrongLayerDelta, needs={"lig"}, source=AXIOM)
def layer_delta(problem: Problem, subject: Subject) -> None:
    """The delta returned with LIG = Σ attribution − (F(x) − F(x')), one per example."""
    asking = Asking.of(WrongLayerDelta, problem, subject)
    end, start = asking.oracle.ends()
    _assert_delta(asking.at(asking.built.embeddings_layer), end - start)


def _assert_complete(asking: Asking) -> None:
    __tracebackhide__ = True
    expected, integral, got = asking.expected, asking.oracle.integral(asking.layer), asking.shaped()
    predicted = totals(expected.attribution) - totals(integral.attribution)
    gap = totals(on_cpu(got)) - expected.change
    assert_within(
        asking.violation,
        error=gap - predicted,
        budget=with_integrals(expected.between_functions.gap, integral),
        what=f"the completeness gap of {asking.what}",
        got=gap,
        expected=predicted,
        against=expected.change,
    )


def _assert_delta(asking: Asking, change: Tensor) -> None:
    """The delta is that of the attribution which is returned with it. Shapes: change (batch,)."""
    __tracebackhide__ = True
    attribution, delta = asking.with_delta()
    assert_shape(asking.violation, attribution, tuple(asking.expected.attribution.shape), asking.what)
    gap = totals(on_cpu(attribution)) - change
    what = f"the delta of {asking.what}"
    budget = asking.expected.gap
    assert_equal(asking.violation, got=delta, expected=gap, budget=budget, what=what, against=change)
