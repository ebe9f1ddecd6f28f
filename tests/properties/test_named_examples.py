"""Named examples: special models and masks, to which laws of the integral do not apply. Each has its own claim."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference.laws import LAWS
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.models.bert import TinyBert
from reference.models.versions import ATTENTIONS, MASKED_BY_BOOLEANS, norm_of_one_is_constant
from reference.oracle.budget import Budget, assert_within, floor
from reference.oracle.path_integral import totals
from reference.oracle.quadrature import METHODS
from reference.oracle.substitution import activations
from reference.problem import Call, Problem, Tokens
from reference.subject import capabilities
from reference.violation import Violation
from tests.subjects.known_defects import Modelled

TOKENS = Tokens(ids=((0, 1, 2), (3, 1, 0)), baseline=((1, 2, 1), (0, 2, 2)))
ONE_UNIT = TinyBert(hidden=1, layers=2, intermediate=3)
TWO_UNITS = TinyBert(hidden=2, intermediate=3, weight_seed=3)
ALL_MASKED = Tokens(ids=TOKENS.ids, baseline=TOKENS.baseline, mask=((0, 0, 0), (1, 1, 1)))

rules = pytest.mark.parametrize("method", METHODS)
dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


@pytest.fixture(autouse=True)
def _attributes_inputs_and_layers(subject: Modelled) -> None:
    lacking = {"ig", "lig"} - capabilities(subject)
    if lacking:
        pytest.skip(f"not applicable: subject {subject.name} has no {', '.join(sorted(lacking))}")


@rules
@dtypes
def test_hidden_size_of_one_gives_zero_attributions(method: str, dtype: str, subject: Modelled) -> None:
    """A LayerNorm of one unit is constant: F(x) = F(x'), and every attribution is exactly 0."""
    problem = Problem(model=ONE_UNIT, data=TOKENS, call=Call(method=method, n_steps=5, dtype=dtype))
    if not norm_of_one_is_constant(problem.dtype):
        pytest.skip(f"torch {torch.__version__} rounds x/σ and μ/σ of a LayerNorm apart in {dtype}: it is not constant")
    asking = Asking.of(Violation, problem, subject)
    for layer in (None, *asking.built.layers_in_order):
        found = on_cpu(asking.at(layer).attribution())
        assert torch.equal(found, torch.zeros(2, 3, 1, dtype=torch.float64)), f"{layer}: {found.tolist()}"


def test_layer_norm_of_two_units_returns_a_sign() -> None:
    """The output is gain ⊙ (±1, ∓1) / √(1 + ε/σ²) + bias: one of two points if ε is small against the spread σ²."""
    built = Problem(model=TWO_UNITS, data=TOKENS).build()
    norm = built.norm.module(built.model)
    assert isinstance(norm, nn.LayerNorm)
    gain, bias = norm.weight.detach(), norm.bias.detach()
    given, made = activations([(norm, True), (norm, False)], built.layered)
    for before, after in zip(given, made, strict=True):
        spread = before.var(-1, correction=0)
        cancelled = before.abs().amax(-1) / spread.sqrt()
        sign = (before - before.mean(-1, keepdim=True)).sign()
        bend = Budget((gain.abs().max() * norm.eps / (2 * spread)).amax(1), "1 − 1/√(1 + ε/σ²)")
        rounded = floor((gain.abs().max() * cancelled + bias.abs().max()).amax(1), torch.float64)
        budget = bend + Budget(rounded, "rounding, after cancellation")
        assert_within(Violation, error=after - (sign * gain + bias), budget=budget, what="a sign")


@rules
@pytest.mark.parametrize("n_steps", [2, 32])
def test_rule_is_followed_on_two_units_without_convergence(method: str, n_steps: int, subject: Modelled) -> None:
    """F jumps if a sign changes, and has almost no gradient elsewhere, so IG misses nearly all of F(x) − F(x')."""
    problem = Problem(model=TWO_UNITS, data=TOKENS, call=Call(method=method, n_steps=n_steps))
    asking = Asking.of(Violation, problem, subject)
    for layer in (None, asking.built.norm_input, asking.built.embeddings_layer):
        there = asking.at(layer)
        found = there.attribution()
        there.assert_attribution(found, f"two units, {layer}")
        assert bool((totals(on_cpu(found)).abs() < there.expected.change.abs() / 2).any())


@pytest.mark.parametrize("attention", ATTENTIONS)
@dtypes
def test_fully_masked_row_attends_to_all_or_no_tokens(attention: str, dtype: str, subject: Modelled) -> None:
    """Eager attention is uniform over all tokens. sdpa attention is 0, so only the token that the head reads counts.

    Before transformers 5, sdpa behaves like eager. The attributions must follow the rule, and must never be NaN.
    """
    model = TinyBert(intermediate=3, attention=attention)
    none_attended = attention == "sdpa" and MASKED_BY_BOOLEANS
    problem = Problem(model=model, data=ALL_MASKED, call=Call(n_steps=5, dtype=dtype))
    for law in ("input_attribution", "layer_attribution"):
        LAWS[law](problem, subject)
    asking = Asking.of(Violation, problem, subject)
    for layer in (None, asking.built.embeddings_layer):
        blind = on_cpu(asking.at(layer).attribution())[0]
        moved = (blind != 0).any(-1).tolist()
        assert moved == ([True, False, False] if none_attended else [True, True, True]), f"{layer}: {blind}"
