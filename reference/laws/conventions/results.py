"""Group *conventions*, what an answer is: its factor Δ, its dtype, device and shape, its structure."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from reference.laws.ask import setting_for
from reference.laws.calling import (
    assert_answer,
    assert_attribution,
    assert_delta,
    built,
    call,
    entry_of,
    expected_by,
    oracle_of,
    pair,
    place_of,
    where,
    with_delta,
)
from reference.laws.law import law
from reference.oracle import substitution as layers
from reference.oracle.budget import assert_shape, name
from reference.problem import Place, Problem
from reference.subject import Subject
from reference.violation import Severity, Violation, answer_or_refusal, asking


class WrongAverageGradient(Violation):
    """Without the factor Δ, the answer is not the average gradient."""


class WrongDeltaOfAverage(Violation):
    """The delta beside an average gradient is neither that of the attribution nor refused."""


class WrongType(Violation):
    """The answer has another dtype, device or shape than what it attributes to."""


class WrongStructure(Violation):
    """The answer is not structured like the inputs, or like the layers."""


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
    setting = built(problem, subject)
    what = f"{where(problem)} without the factor Δ"
    got = asking(WrongAverageGradient, what, lambda: call(problem, subject, setting, multiply_by_inputs=False))
    expected = oracle_of(problem, subject).average_gradient(place_of(problem))
    assert_attribution(WrongAverageGradient, got, expected, what)


@law(
    group="conventions",
    violation=WrongDeltaOfAverage,
    needs={"ig"},
    domain="bags_anywhere",
    source="Sundararajan, Taly, Yan 2017, proposition 1, https://arxiv.org/abs/1703.01365",
)
def delta_of_average_gradient(problem: Problem, subject: Subject) -> None:
    """With multiply_by_inputs=False, delta = Σ attribution − (F(x) − F(x')) of the product with Δ, or a refusal."""
    setting = built(problem, subject)
    what = f"{where(problem)} without the factor Δ"
    answer = answer_or_refusal(
        WrongDeltaOfAverage,
        what,
        ("multiply_by_inputs", "delta"),
        lambda: with_delta(problem, subject, setting, multiply_by_inputs=False),
    )
    if answer is not None:
        _, delta = pair(WrongDeltaOfAverage, answer, what)
        assert_delta(WrongDeltaOfAverage, delta, expected_by(oracle_of(problem, subject)), what)


@law(
    group="conventions",
    violation=WrongType,
    needs={"ig"},
    domain="typed",
    source="https://github.com/inseq-team/inseq/issues/156",
)
def dtype_device_and_shape(problem: Problem, subject: Subject) -> None:
    """The attribution has the dtype, device and shape of x, or of h(x); delta is (batch,). Half precision may widen."""
    setting = built(problem, subject)
    entry, place = entry_of(problem, setting), place_of(problem)
    value = entry.inputs
    if place:
        ((value, _),) = layers.activations([(place.module(setting.model), place.at_input)], entry)
    what = where(problem)
    answer = asking(WrongType, what, lambda: with_delta(problem, subject, setting))
    wide = torch.promote_types(value.dtype, torch.float32)
    for part, shape, of in zip(
        pair(WrongType, answer, what), (value.shape, value.shape[:1]), ("", "the delta of "), strict=True
    ):
        assert_shape(WrongType, part, tuple(shape), of + what)
        if part.dtype not in (value.dtype, wide) or part.device != value.device:
            raise WrongType(
                f"{of}{what}: got {name(part.dtype)} on {part.device}, expected {name(value.dtype)} on {value.device}",
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
    setting = built(problem, subject)
    entry, place = entry_of(problem, setting), place_of(problem)
    tupled: dict[str, Any] = {"inputs": (entry.inputs,), "baselines": (entry.baselines,)}
    forms: list[tuple[str, dict[str, Any], type]] = [("x in a 1-tuple", tupled, Tensor if place else tuple)]
    if place:
        forms.append(("the layer in a list", {"layer": [place.module(setting.model)]}, list))
    expected = expected_by(oracle_of(problem, subject))
    for form, arguments, container in forms:
        what = f"{where(problem)} with {form}"
        answer = asking(WrongStructure, what, partial(with_delta, problem, subject, setting, **arguments))
        if not (isinstance(answer, tuple) and len(answer) == 2):
            raise WrongStructure(f"{what}: expected (attribution, delta)", Severity.WRONG_SHAPE)
        got, delta = answer
        parts: Any = [got] if container is Tensor else got
        if not isinstance(got, container) or len(parts) != 1:
            raise WrongStructure(
                f"{what}: expected one attribution, in a {container.__name__}, got a {type(got).__name__}",
                Severity.WRONG_SHAPE,
            )
        assert_answer(WrongStructure, (parts[0], delta), expected, what)


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
    setting = setting_for(problem, subject)
    word, token_type = (Place(f"{setting.prefix}embeddings.{table}_embeddings") for table in ("word", "token_type"))
    asked = problem.asking(layer=word.path)
    expected = expected_by(oracle_of(asked, subject))
    still = replace(expected, attribution=torch.zeros_like(expected.attribution))
    for order in ((word, token_type), (token_type, word)):
        what = f"LIG at {' and '.join(map(str, order))}"
        modules = [place.module(setting.model) for place in order]
        parts = asking(LayerOrderMatters, what, partial(call, asked, subject, setting, layer=modules))
        if not isinstance(parts, list) or len(parts) != len(order):
            raise LayerOrderMatters(f"{what}: expected a list of {len(order)} attributions", Severity.WRONG_SHAPE)
        for place, got in zip(order, parts, strict=True):
            assert_attribution(LayerOrderMatters, got, expected if place == word else still, f"{place} in {what}")
