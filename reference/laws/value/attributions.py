"""Group *value*: the attribution is the oracle's sum under the same rule, element for element.

Equal rules leave no quadrature error, so the only budget is rounding: these are the sharpest laws of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import Entry
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation

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
    asking = Asking.of(WrongInputAttribution, problem, subject)
    asking.assert_attribution(asking.attribution())


@law(group="value", violation=WrongLayerAttribution, needs={"lig"}, source=PAPER, domain="heads")
def layer_attribution(problem: Problem, subject: Subject) -> None:
    """LIG at a layer = Σ_k w_k ∇F_rest(h' + α_k Δh) ⊙ Δh, h the layer's output (or input), at every layer."""
    asking = Asking.of(WrongLayerAttribution, problem, subject)
    for layer in asking.built.layers_in_order:
        there = asking.at(layer)
        there.assert_attribution(there.attribution())


@law(group="value", violation=WrongInnerAttribution, needs={"lig"}, source=PAPER, domain="inner")
def inner_attribution(problem: Problem, subject: Subject) -> None:
    """LIG at a sub-module of an encoder layer, or of the head = Σ_k w_k ∇F_rest(h' + α_k Δh) ⊙ Δh."""
    asking = Asking.of(WrongInnerAttribution, problem, subject)
    asking.assert_attribution(asking.attribution())


@law(
    group="value",
    violation=WrongInHalfPrecision,
    needs={"ig"},
    source="https://github.com/meta-pytorch/captum/issues/1199",
    domain="half",
)
def half_precision(problem: Problem, subject: Subject) -> None:
    """In bfloat16 and float16: IG on inputs_embeds = the rule's sum in that dtype, accumulated in float32."""
    asking = Asking.of(WrongInHalfPrecision, problem, subject)
    asking.assert_attribution(asking.attribution(), f"IG in {problem.call.dtype}", asking.oracle.half())


@law(
    group="value",
    violation=WrongForForwardInPlace,
    needs={"ig"},
    source="https://github.com/meta-pytorch/captum/pull/165",
    domain="bags_by_embeddings",
    cases=("x", "x that requires a gradient"),
)
def in_place_forward(problem: Problem, subject: Subject) -> None:
    """IG of a forward that doubles its input in place = IG where it is doubled out of place, and x stays as it is."""
    asking = Asking.of(WrongForForwardInPlace, problem, subject)
    entry = asking.entry
    expected = asking.entering(_doubling(Tensor.mul)).expected
    for case, x in problem.call.chosen({"x": entry.inputs, "x that requires a gradient": _leaf(entry.inputs)}).items():
        before, what = x.detach().clone(), f"IG of a forward that doubles its input in place, at {case}"
        asking.assert_both(asking.with_delta(what, _doubling(Tensor.mul_)(replace(entry, inputs=x))), what, expected)
        if not torch.equal(x, before):
            raise WrongForForwardInPlace(f"{what}: x is changed")


def _leaf(x: Tensor) -> Tensor:
    return x.clone().requires_grad_()


def _doubling(times: Callable[[Tensor, int], Tensor]) -> Callable[[Entry], Entry]:
    def change(entry: Entry) -> Entry:
        def forward(points: Tensor, *additional: Any) -> Any:
            return entry.forward(times(points, 2), *additional)

        return replace(entry, forward=forward)

    return change
