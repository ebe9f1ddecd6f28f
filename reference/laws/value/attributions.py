"""Group *value*: the attribution is the oracle's sum under the same rule, element for element.

Equal rules leave no quadrature error, so the only budget is rounding: these are the sharpest laws of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from reference.laws.ask import ask_ig, ask_lig, known_rule, setting_for
from reference.laws.calling import assert_answer, built, entering, entry_of, expected_by, oracle_of, with_delta
from reference.laws.law import law
from reference.oracle.budget import assert_equal
from reference.oracle.expected import Oracle
from reference.problem import Entry, Place, Problem
from reference.subject import Subject
from reference.violation import Violation, asking

PAPER = "Sundararajan, Taly, Yan 2017, eq. 1 and 3, https://arxiv.org/abs/1703.01365"


class WrongInputAttribution(Violation):
    """IG on `inputs_embeds` is not the rule's sum."""


class WrongForForwardInPlace(Violation):
    """A forward that changes its input in place gets another IG, or none, or a changed input."""


class WrongInHalfPrecision(Violation):
    """IG of a bfloat16 or float16 model is not the rule's sum in that dtype."""


class WrongInnerAttribution(Violation):
    """LIG at a sub-module is not the rule's sum for the model from that module on."""


class WrongLayerAttribution(Violation):
    """LIG at a layer is not the rule's sum for the model from that layer on."""


@law(group="value", violation=WrongInputAttribution, needs={"ig"}, source=PAPER, domain="every_head")
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


@law(group="value", violation=WrongLayerAttribution, needs={"lig"}, source=PAPER, domain="heads")
def layer_attribution(problem: Problem, subject: Subject) -> None:
    """LIG at a layer = Σ_k w_k ∇F_rest(h' + α_k Δh) ⊙ Δh, h the layer's output (or input), at every layer."""
    oracle = Oracle.of(problem, known_rule(problem, subject))
    setting = setting_for(problem, subject)
    for place in setting.places:
        expected = oracle.lig(place)
        got = ask_lig(WrongLayerAttribution, problem, subject, setting, place)
        assert_equal(
            WrongLayerAttribution,
            got=got,
            expected=expected.attribution,
            budget=expected.elements,
            what=f"LIG at {place}",
        )


@law(group="value", violation=WrongInnerAttribution, needs={"lig"}, source=PAPER, domain="inner")
def inner_attribution(problem: Problem, subject: Subject) -> None:
    """LIG at a sub-module of an encoder layer, or of the head = Σ_k w_k ∇F_rest(h' + α_k Δh) ⊙ Δh."""
    place = Place.named(problem.call.layer or "")
    expected = Oracle.of(problem, known_rule(problem, subject)).lig(place)
    got = ask_lig(WrongInnerAttribution, problem, subject, setting_for(problem, subject), place)
    assert_equal(
        WrongInnerAttribution,
        got=got,
        expected=expected.attribution,
        budget=expected.elements,
        what=f"LIG at {place}",
    )


@law(
    group="value",
    violation=WrongInHalfPrecision,
    needs={"ig"},
    source="https://github.com/meta-pytorch/captum/issues/1199",
    domain="half",
)
def half_precision(problem: Problem, subject: Subject) -> None:
    """In bfloat16 and float16: IG on inputs_embeds = the plain sum in that dtype, accumulated in float32."""
    expected = Oracle.of(problem, known_rule(problem, subject)).half()
    assert_equal(
        WrongInHalfPrecision,
        got=ask_ig(WrongInHalfPrecision, problem, subject, setting_for(problem, subject)),
        expected=expected.attribution,
        budget=expected.elements,
        what=f"IG in {problem.call.dtype}",
    )


@law(
    group="value",
    violation=WrongForForwardInPlace,
    needs={"ig"},
    source="https://github.com/meta-pytorch/captum/pull/165",
    domain="bags_by_embeddings",
)
def in_place_forward(problem: Problem, subject: Subject) -> None:
    """IG of a forward that doubles its input in place = IG where it is doubled out of place, and x stays as it is."""
    setting = built(problem, subject)
    x = entry_of(problem, setting).inputs.clone()
    what = "IG of a forward that doubles its input in place"
    ask = partial(with_delta, problem, subject, setting, _doubling(Tensor.mul_)(entry_of(problem, setting)))
    expected = expected_by(entering(oracle_of(problem, subject), _doubling(Tensor.mul)))
    assert_answer(WrongForForwardInPlace, asking(WrongForForwardInPlace, what, ask), expected, what)
    if not torch.equal(entry_of(problem, setting).inputs, x):
        raise WrongForForwardInPlace(f"{what}: x is changed")


def _doubling(times: Callable[[Tensor, int], Tensor]) -> Callable[[Entry], Entry]:
    def change(entry: Entry) -> Entry:
        def forward(points: Tensor, *additional: Any) -> Any:
            return entry.forward(times(points, 2), *additional)

        return replace(entry, forward=forward)

    return change
