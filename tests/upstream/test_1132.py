"""captum#1132: why IntegratedGradients and LayerIntegratedGradients give the tokens of a BERT different scores.

Both are right; they answer different questions about the same change of the logit F. IG on `inputs_embeds` moves every
word embedding straight from the reference's to the token's. LIG at `bert.embeddings` moves the *output* of that module
straight between the same two ends. The module ends in a LayerNorm, which bends a straight line: F is integrated along
two paths. Both totals are F(x) − F(x'), but tokens share it differently, by 12 % of the largest score in this model.
With an affine map for the LayerNorm the scores are equal. To get those of IG from LIG, take the layer
`bert.embeddings.word_embeddings`, or `bert.embeddings.LayerNorm` with `attribute_to_layer_input=True`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from captum.attr import IntegratedGradients, LayerIntegratedGradients, TokenReferenceBase
from torch import Tensor

from reference.laws import LAWS
from reference.laws.agreement.embeddings import TokenScoresAgree
from reference.laws.compared import on_cpu, token_scores
from reference.laws.completeness import WrongInputDelta, WrongLayerDelta
from reference.laws.value.attributions import WrongInputAttribution, WrongLayerAttribution
from reference.models.bert import TinyBert
from reference.oracle.budget import assert_equal
from reference.oracle.expected import Expected
from reference.oracle.oracle import Oracle
from reference.oracle.path_integral import totals
from reference.problem import Call, Problem, Tokens
from tests.subjects.captum.adapter import Captum
from tests.subjects.known_defects import Modelled

PAD, CLS, SEP = 0, 1, 2

PROBLEM = Problem(
    model=TinyBert(vocab=12, hidden=12, heads=3, layers=2, intermediate=24, types=2),
    data=Tokens(ids=((CLS, 5, 9, 7, 5, 11, 4, SEP),), baseline=((PAD,) * 8,)),
    call=Call(n_steps=50, target=0),
)


@dataclass(frozen=True)
class Reported:
    """What the user got: attributions (1, length, hidden) and deltas (1,)."""

    ig: Tensor
    ig_delta: Tensor
    lig: Tensor
    lig_delta: Tensor


@pytest.fixture(scope="module")
def reported() -> Reported:
    """The calls of the report; for the trained model, which cannot be had, a random one stands in."""
    model: Any = PROBLEM.model.model(torch.float64)

    def ig_func(inputs: Tensor) -> Tensor:
        return model(inputs).logits

    def ig_embed_func(inputs: Tensor) -> Tensor:
        return model(inputs_embeds=inputs).logits

    lig = LayerIntegratedGradients(ig_func, model.bert.embeddings)
    ig = IntegratedGradients(ig_embed_func)
    token_reference = TokenReferenceBase(reference_token_idx=PAD)
    input_ids = torch.tensor(PROBLEM.data.ids)
    ref_input_ids = token_reference.generate_reference(input_ids.size(-1), device=input_ids.device).unsqueeze(0)
    how = {"additional_forward_args": None, "return_convergence_delta": True, "n_steps": 50, "target": 0}
    lig_attributions, lig_delta = lig.attribute(inputs=input_ids, baselines=ref_input_ids, **how)
    ig_attributions, ig_delta = ig.attribute(
        inputs=model.get_input_embeddings()(input_ids), baselines=model.get_input_embeddings()(ref_input_ids), **how
    )
    return Reported(*(on_cpu(value) for value in (ig_attributions, ig_delta, lig_attributions, lig_delta)))


@pytest.fixture(scope="module")
def captum() -> Modelled:
    return Modelled(Captum())


@pytest.fixture(scope="module")
def oracle(captum: Modelled) -> Oracle:
    """Under the rule that captum is known to follow: its weights are rounded to float32."""
    return Oracle.of(PROBLEM, captum.rule(PROBLEM.call.method, PROBLEM.call.n_steps))


@pytest.fixture(scope="module")
def expected(oracle: Oracle) -> tuple[Expected, Expected]:
    """IG on `inputs_embeds` and LIG at `bert.embeddings`."""
    return oracle.ig(), oracle.lig(oracle.float64.embeddings_layer)


def test_the_token_scores_differ(
    reported: Reported, expected: tuple[Expected, Expected], record_property: Callable[[str, object], None]
) -> None:
    """By far more than both may be off, and by a share of the largest score that a user sees."""
    apart = (token_scores(reported.ig) - token_scores(reported.lig)).abs().amax(1)
    largest = token_scores(reported.ig).abs().amax(1)
    budget = (expected[0].tokens + expected[1].tokens).value
    share = float(apart / largest)
    record_property("share", share)
    print(f"token scores differ by {share:.1%} of the largest, the budget is {float(budget / largest):.1e} of it")
    assert bool((apart > budget).all())


def test_both_attributions_are_right(reported: Reported, expected: tuple[Expected, Expected]) -> None:
    at_input, at_layer = expected
    assert_equal(
        WrongInputAttribution,
        got=reported.ig,
        expected=at_input.attribution,
        budget=at_input.elements,
        what="the report's IG",
    )
    assert_equal(
        WrongLayerAttribution,
        got=reported.lig,
        expected=at_layer.attribution,
        budget=at_layer.elements,
        what="the report's LIG",
    )


def test_both_deltas_are_the_gap_of_their_rule(reported: Reported, expected: tuple[Expected, Expected]) -> None:
    """Both attributions account for the same F(x) − F(x'), but for what 50 steps leave."""
    at_input, at_layer = expected
    assert_equal(
        WrongInputDelta,
        got=reported.ig_delta,
        expected=totals(at_input.attribution) - at_input.change,
        budget=at_input.gap,
        what="the report's delta of IG",
    )
    assert_equal(
        WrongLayerDelta,
        got=reported.lig_delta,
        expected=totals(at_layer.attribution) - at_input.change,
        budget=at_layer.gap + at_input.gap,
        what="the report's delta of LIG",
    )


@pytest.mark.parametrize(
    "law",
    [
        "input_completeness",
        "layer_completeness",
        "totals_agree",
        "word_embeddings_agree_with_inputs_embeds",
        "embeddings_agree_with_the_rest_of_the_model",
        "token_scores_differ",
        "token_scores_follow_the_curve",
        "norm_input_agrees_with_inputs_embeds",
        "joint_tables",
        "joint_tables_add_up",
    ],
)
def test_explanation_holds(law: str, captum: Modelled) -> None:
    LAWS[law](PROBLEM, captum)


def test_affine_layer_norm_makes_both_agree(captum: Modelled) -> None:
    """The LayerNorm is the whole reason: with its gain and bias alone the scores that differed are equal."""
    affine = replace(PROBLEM, model=replace(PROBLEM.model, variant="affine_embedding_norm"))
    LAWS["affine_embeddings_agree"](affine, captum)
    with pytest.raises(TokenScoresAgree):
        LAWS["token_scores_differ"](affine, captum)
