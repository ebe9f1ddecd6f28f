"""Group *conventions*, what a result is: its factor Δ, its dtype, device and shape, its structure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.constraint import DELTA_OF_AVERAGE
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.oracle import substitution
from reference.oracle.budget import assert_shape, name
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Severity, Violation, wrong_structure


class WrongAverageGradient(Violation):
    """Without the factor Δ, the result is not the average gradient."""


class WrongDeltaOfAverage(Violation):
    """The delta beside an average gradient is neither that of the attribution nor an error."""


class WrongType(Violation):
    """The result has another dtype, device or shape than what it attributes to."""


class WrongStructure(Violation):
    """The result is not structured like the inputs, or like the layers."""


class LayerOrderMatters(Violation):
    """The order of the layers in a list changes a layer's attribution."""


@law(
    group="conventions",
    violation=WrongAverageGradient,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://captum.ai/api/integrated_gradients.html",
)
def average_gradient(problem: Problem, subject: Subject) -> None:
    """With multiply_by_inputs=False: Σ_k w_k ∇F(x' + α_k Δ), without the factor Δ."""
    asking = Asking.of(WrongAverageGradient, problem, subject)
    what = f"{asking.what} without the factor Δ"
    got = asking.attribution(what, multiply_by_inputs=False)
    asking.assert_attribution(got, what, asking.oracle.average_gradient(asking.layer))


@law(
    group="conventions",
    violation=WrongDeltaOfAverage,
    needs={"ig"},
    domain="bags_anywhere",
    source="Sundararajan, Taly, Yan 2017, proposition 1, https://arxiv.org/abs/1703.01365",
)
def delta_of_average_gradient(problem: Problem, subject: Subject) -> None:
    """With multiply_by_inputs=False, delta = Σ attribution − (F(x) − F(x')) of the product with Δ, or an error."""
    asking = Asking.of(WrongDeltaOfAverage, problem, subject)
    what = f"{asking.what} without the factor Δ"
    got = asking.with_delta_or_error(DELTA_OF_AVERAGE, what, multiply_by_inputs=False)
    if got is not None:
        asking.assert_delta(got[1], what)


@law(
    group="conventions",
    violation=WrongType,
    needs={"ig"},
    domain="typed",
    source="https://github.com/inseq-team/inseq/issues/156",
)
def dtype_device_and_shape(problem: Problem, subject: Subject) -> None:
    """The attribution has the dtype, device, shape of x, or of h(x), or float32 for half; delta is (batch,) there."""
    asking = Asking.of(WrongType, problem, subject)
    value, layer = asking.entry.inputs, asking.layer
    if layer:
        ((value, _),) = substitution.activations([(layer.module(asking.built.model), layer.at_input)], asking.entry)
    wider = torch.promote_types(value.dtype, torch.float32)
    for part, shape, of in zip(asking.with_delta(), (value.shape, value.shape[:1]), ("", "the delta of "), strict=True):
        what = f"{of}{asking.what}"
        assert_shape(WrongType, part, tuple(shape), what)
        # A delta may be as precise as its maker likes.
        allowed = (value.dtype, wider) if not of else (part.dtype,)
        if part.dtype not in allowed or part.device != value.device:
            raise WrongType(
                f"{what}: got {name(part.dtype)} on {part.device}, expected {name(value.dtype)} on {value.device}",
                Severity.WRONG_SHAPE,
            )


@law(
    group="conventions",
    violation=WrongStructure,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/meta-pytorch/captum/pull/195",
)
def structure(problem: Problem, subject: Subject) -> None:
    """IG of (x,) is a 1-tuple; LIG at a layer is a tensor, whether of x or (x,), at [layer] a list of one; the same."""
    asking = Asking.of(WrongStructure, problem, subject)
    entry, layer = asking.entry, asking.layer
    tupled: dict[str, Any] = {"inputs": (entry.inputs,), "baselines": (entry.baselines,)}
    forms: list[tuple[str, dict[str, Any], type]] = [("x in a 1-tuple", tupled, Tensor if layer else tuple)]
    if layer:
        forms.append(("the layer in a list", {"layer": [layer.module(asking.built.model)]}, list))
    for form, arguments, container in forms:
        what = f"{asking.what} with {form}"
        returned = asking.result(what, return_convergence_delta=True, **arguments)
        if not (isinstance(returned, tuple) and len(returned) == 2):
            raise wrong_structure(WrongStructure, what, "(attribution, delta)", returned)
        got, delta = returned
        (attribution,) = [got] if container is Tensor else asking.list_of(1, got, what, container)
        asking.assert_both(asking.pair((attribution, delta), what), what)


@law(
    group="conventions",
    violation=LayerOrderMatters,
    needs={"lig"},
    domain="two_tables",
    source="https://github.com/meta-pytorch/captum/pull/532",
    implied_by="joint_tables",
)
def order_of_layers(problem: Problem, subject: Any) -> None:
    """LIG at [word, type] = LIG at [type, word], reversed: with equal types, LIG at word, and 0."""
    asking = Asking.of(LayerOrderMatters, problem, subject)
    word, other = asking.built.tables[0], asking.built.tables[-1]
    there = asking.at(word)
    whole = there.expected.attribution
    still = replace(there.expected, attribution=torch.zeros_like(whole))
    for order in ((word, other), (other, word)):
        what = f"LIG at {' and '.join(map(str, order))}"
        for layer, got in zip(order, there.jointly(order, what), strict=True):
            there.assert_attribution(got, f"{layer} in {what}", there.expected if layer == word else still, whole)
