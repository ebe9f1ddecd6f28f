"""Group *value*: the attribution is the oracle's sum under the same rule, element for element.

Equal rules leave no quadrature error, so the only budget is rounding: these are the sharpest laws of all.
"""

from __future__ import annotations

from reference.budget import assert_equal
from reference.laws.ask import ask_ig, ask_lig, known_rule, setting_for
from reference.laws.law import law
from reference.oracle import Oracle
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation

PAPER = "Sundararajan, Taly, Yan 2017, eq. 1 and 3, https://arxiv.org/abs/1703.01365"


class WrongInputAttribution(Violation):
    """IG on `inputs_embeds` is not the rule's sum."""


class WrongLayerAttribution(Violation):
    """LIG at a layer is not the rule's sum for the model from that layer on."""


@law(group="value", violation=WrongInputAttribution, needs={"ig"}, source=PAPER)
def input_attribution(problem: Problem, subject: Subject) -> None:
    """IG on inputs_embeds = Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ."""
    expected = Oracle.of(problem, known_rule(problem, subject)).ig()
    got = ask_ig(WrongInputAttribution, problem, subject, setting_for(problem, subject))
    assert_equal(
        WrongInputAttribution,
        got=got,
        expected=expected.attribution,
        budget=expected.elements,
        what="IG on inputs_embeds",
    )


@law(group="value", violation=WrongLayerAttribution, needs={"lig"}, source=PAPER)
def layer_attribution(problem: Problem, subject: Subject) -> None:
    """LIG at a layer = Σ_k w_k ∇F_rest(h' + α_k Δh) ⊙ Δh, h the layer's output (or input), at every layer."""
    oracle = Oracle.of(problem, known_rule(problem, subject))
    setting = setting_for(problem, subject)
    for place in setting.places:
        if problem.call.layer not in (None, place.path):
            continue
        expected = oracle.lig(place)
        got = ask_lig(WrongLayerAttribution, problem, subject, setting, place)
        assert_equal(
            WrongLayerAttribution,
            got=got,
            expected=expected.attribution,
            budget=expected.elements,
            what=f"LIG at {place}",
        )
