"""Float64 models that compute in float32 inside: which budgets they get, and that right implementations pass them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn

from reference.laws import LAWS
from reference.laws.conventions.cache import assert_repeatable
from reference.models import tiny
from reference.models.families import FAMILIES
from reference.models.gemma3 import TinyGemma3
from reference.models.llama import FAMILY as LLAMA
from reference.models.llama import TinyLlama
from reference.models.weights import give_weights
from reference.oracle import oracle as oracles
from reference.oracle.narrowing import near_a_tie
from reference.oracle.oracle import Oracle
from reference.oracle.path_integral import ScalarField
from reference.oracle.quadrature import rule
from reference.oracle.substitution import whole
from reference.problem import Call, Problem, Tokens
from reference.violation import NotApplicable, Violation
from strategies.domain import problems_for
from tests.plugin.night import some
from tests.subjects.textbook import Textbook, integrated_gradients
from tests.unit.strategies.drawing import STEADY

pytestmark = pytest.mark.skipif(bool(LLAMA.missing), reason=str(LLAMA.missing))

PROBLEM = Problem(
    model=TinyLlama(heads=2, layers=2, intermediate=3),
    data=Tokens(ids=((0, 1, 2),), baseline=((1, 2, 0),)),
    call=Call(method="riemann_right", n_steps=4),
)


def oracle(problem: Problem) -> Oracle:
    return Oracle.of(problem, rule(problem.call.method, problem.call.n_steps))


@pytest.fixture
def _loaded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Generated models get weights that float32 can represent, as the weights of a loaded checkpoint."""
    monkeypatch.setattr(tiny, "give_weights", lambda model, seed, scale, rounded: give_weights(model, seed, scale))
    caches = (tiny._prototype.cache_clear, oracles._built.cache_clear)
    for clear in caches:
        clear()
    yield
    for clear in caches:
        clear()


def weighted(baseline: Tensor, x: Tensor, alphas: Tensor) -> Tensor:
    """(1 − α) x' + α x: an ulp from x' + αΔ."""
    column = integrated_gradients.column(alphas, x[None])
    return ((1 - column) * baseline + column * x).flatten(0, 1)


def added(baseline: Tensor, x: Tensor, alphas: Tensor) -> Tensor:
    """x' + αΔ."""
    column = integrated_gradients.column(alphas, x[None])
    return (baseline + column * (x - baseline)).flatten(0, 1)


POINTS = {"lerp": integrated_gradients.along, "weighted": weighted, "added": added}


@pytest.mark.parametrize("points", POINTS)
@pytest.mark.parametrize("name", some(["llama", "t5", "modernbert"]))
def test_points_an_ulp_apart_pass_on_models_that_narrow(
    name: str, points: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrated_gradients, "along", POINTS[points])

    @settings(STEADY, max_examples=15)
    @given(problem=problems_for(LAWS["input_attribution"], None, FAMILIES[name]))
    def check(problem: Problem) -> None:
        LAWS["input_attribution"](problem, Textbook())

    check()


def test_generated_weights_keep_the_budget_of_float64() -> None:
    """Float32 cannot represent them, so no point of a path lies half-way between two float32 numbers."""
    right = oracle(PROBLEM)
    assert right.narrow
    assert right.ig().dtype == torch.float64
    assert right.ig().between_functions.dtype == torch.float32


@pytest.mark.usefixtures("_loaded")
def test_loaded_weights_get_the_budget_of_float32() -> None:
    assert oracle(PROBLEM).ig().dtype == torch.float32


@pytest.mark.usefixtures("_loaded")
def test_points_an_ulp_apart_pass_with_loaded_weights_and_need_that_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some problem of twelve shows a tie, which the budget of float64 would report."""
    monkeypatch.setattr(integrated_gradients, "along", weighted)
    law, ties = LAWS["input_attribution"], 0
    for seed in range(12):
        problem = replace(PROBLEM, model=replace(PROBLEM.model, weight_seed=seed)).asking(n_steps=10)
        law(problem, Textbook())
        with monkeypatch.context() as sharp:
            sharp.setattr(Oracle, "rounded_in", lambda *given: torch.float64)
            try:
                law(problem, Textbook())
            except Violation:
                ties += 1
    assert ties


TIE = Problem(
    model=TinyGemma3(
        vocab=5,
        hidden=12,
        heads=3,
        layers=3,
        intermediate=2,
        activation="swish",
        eps=0.1,
        attention_dropout=0.1,
        attention="sdpa",
        weight_seed=53,
        weight_scale=0.25,
        grouped=True,
        window=4,
    ),
    data=Tokens(
        ids=((1, 2, 2, 3, 3, 1, 2), (1, 1, 1, 1, 2, 1, 2), (1, 2, 3, 2, 1, 4, 2)),
        baseline=((3,) * 7,) * 3,
        mask=((1,) * 7, (1, 1, 1, 1, 1, 0, 0), (1, 1, 1, 1, 0, 0, 0)),
    ),
    call=Call(n_steps=3, target=1, layer="model.layers.0.self_attn.k_proj"),
)
"""A generated model, on which a value of the path happens to lie half-way between two float32 numbers."""


def test_value_that_happens_to_be_a_tie_gets_the_budget_of_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """The budget of float64 reports textbook, by thousands of budgets."""
    law = LAWS["inner_attribution"]
    law(TIE, Textbook())
    monkeypatch.setattr(Oracle, "rounded_in", lambda *given: torch.float64)
    with pytest.raises(Violation, match="times the budget"):
        law(TIE, Textbook())


@pytest.mark.parametrize(
    ("value", "expected"), [(1 + 2.0**-24, True), (1 + 2.0**-25, False), (1.0, False), (0.0, False)]
)
def test_tie_is_half_way_between_two_float32_numbers(value: float, expected: bool) -> None:
    def cast(points: torch.Tensor) -> torch.Tensor:
        return points.float().double().sum(1)

    field = ScalarField(cast, (), None, 1)
    points = torch.full((1, 3), value, dtype=torch.float64)
    assert near_a_tie((field, nn.Identity(), points), (field, nn.Identity(), points.float())) == expected


def test_bert_and_gpt2_narrow_nothing() -> None:
    for name in ("bert", "gpt2", "roberta"):
        problem = Problem(model=tiny_of(name), data=PROBLEM.data)
        assert not oracle(problem).narrow


def tiny_of(name: str) -> Any:
    from reference.models.families import SPECS

    return SPECS[name](vocab=4)


LEFT_PADDED = Problem(
    model=TinyLlama(attention="eager", head="causal"),
    data=Tokens(ids=((3, 0, 1),), baseline=((3, 1, 2),), mask=((0, 1, 1),)),
    call=Call(n_steps=3, target=(2, 0), dtype="float32"),
)
"""The first position sees masked tokens only. Its scores in float64 are the lowest float64, −∞ in float32."""


def test_float64_copy_with_eager_attention_is_said_not_to_be_finite() -> None:
    with pytest.raises(NotApplicable, match="the float64 oracle is not finite"):
        oracle(LEFT_PADDED).ig()


def test_float32_result_with_eager_attention_is_that_of_the_sdpa_copy() -> None:
    """The float32 subject is right: the sdpa copy in float64 says so, to the budget."""
    built = LEFT_PADDED.build()
    entry = built.embeddings
    field = whole(entry, LEFT_PADDED.call.target)
    assert field(entry.inputs).isfinite().all()
    got = Textbook.ig(
        entry.forward,
        entry.inputs,
        entry.baselines,
        target=(2, 0),
        additional_forward_args=entry.arguments,
        n_steps=3,
    )
    right = oracle(replace(LEFT_PADDED, model=replace(LEFT_PADDED.model, attention="sdpa"))).ig()
    assert bool(((got.double() - right.attribution).abs() <= right.elements.value.reshape(-1, 1, 1)).all())


def test_forward_that_changes_its_cache_is_no_function() -> None:
    """use_cache=False included: a cache that is given grows with every forward."""
    built = replace(LEFT_PADDED, model=TinyLlama(head="causal")).build()
    entry = built.embeddings
    with torch.no_grad():
        past = built.model(inputs_embeds=entry.inputs[:, :1], use_cache=True).past_key_values

    def growing(points: Tensor, *additional: Any) -> Any:
        return built.model(inputs_embeds=points, past_key_values=past, use_cache=False).logits

    with pytest.raises(NotApplicable, match="does it change its cache"):
        assert_repeatable(replace(entry, forward=growing))
    assert_repeatable(replace(entry, forward=partial(entry.forward)))
