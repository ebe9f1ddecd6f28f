"""captum#1413: why LIG on a DistilBERT converges with no n_steps, and does with input and reference exchanged.

The attribution is right; its delta compares it with another reference. The mask given in `inputs` is in force on the
whole path, the one in `baselines` in F(x') of the delta alone. So the total is F(x) − F(x') under the input's mask,
and the delta keeps what the reference's own mask does to F(x'), with any n_steps. Exchanged, the other mask is in
force: another question, not the same attributions with a minus sign, and a remainder of its own that may happen to be
small. Give one mask for both ends in `additional_forward_args`: then the delta is the rule's own error.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.oracle.budget import assert_equal
from reference.oracle.path_integral import totals
from reference.problem import Call, Problem, Tokens
from tests.upstream.answering import (
    CLS,
    PAD,
    SEP,
    NotAsAnswered,
    assert_right,
    assert_right_delta,
    ids_of,
    model_of,
    oracle,
    right,
)
from tests.upstream.relatives import Relative

SENTENCE, REFERENCE = ((CLS, 5, 9, 7, 3, SEP),), ((CLS, SEP, PAD, PAD, PAD, PAD),)
FORTH = Problem(
    model=Relative(
        name="DistilBert",
        sizes=(("vocab_size", 12), ("dim", 12), ("n_heads", 3), ("n_layers", 2), ("hidden_dim", 24)),
    ),
    data=Tokens(ids=SENTENCE, baseline=REFERENCE, mask=((1, 1, 1, 1, 1, 1),)),
    call=Call(n_steps=50, target=None),
)
BACK = replace(FORTH, data=Tokens(ids=REFERENCE, baseline=SENTENCE, mask=((1, 1, 0, 0, 0, 0),)))
LAYER = "distilbert.embeddings"


def probability(logits: Tensor) -> Tensor:
    return torch.softmax(logits, dim=1)[:, 1]


def as_reported(here: Problem, there: Problem) -> tuple[Tensor, Tensor]:
    """Ids, token types and mask of one end as inputs, those of the other as baselines."""
    model = model_of(here)

    def forward_pass(input_ids: Tensor, token_type_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return probability(model(input_ids=input_ids, attention_mask=attention_mask).logits)

    (inputs, baselines) = (
        (ids, torch.zeros_like(ids), torch.tensor(end.data.mask))
        for end, ids in zip((here, there), ids_of(here), strict=True)
    )
    lig = LayerIntegratedGradients(forward_pass, model.distilbert.embeddings)
    return lig.attribute(
        inputs, baselines, internal_batch_size=15, n_steps=here.call.n_steps, return_convergence_delta=True
    )


@pytest.mark.parametrize("n_steps", [50, 200])
@pytest.mark.parametrize(("here", "there"), [(FORTH, BACK), (BACK, FORTH)], ids=["as asked", "exchanged"])
def test_delta_keeps_what_the_masks_do_to_the_reference(here: Problem, there: Problem, n_steps: int) -> None:
    """Beside the error of the rule and far beyond it, so that no n_steps helps."""
    here = here.asking(n_steps=n_steps)
    attribution, delta = as_reported(here, there)
    expected, under_its_own_mask = right(here, LAYER, probability), right(there, LAYER, probability)
    assert_right(attribution, expected, "LIG under the mask in `inputs`")
    remainder = oracle(there, probability).ends()[0] - oracle(here, probability).ends()[1]
    error_of_rule = totals(expected.attribution) - expected.change
    budget = expected.gap + under_its_own_mask.gap
    assert_equal(NotAsAnswered, got=delta, expected=error_of_rule + remainder, budget=budget, what="the delta")
    assert bool((remainder.abs() > error_of_rule.abs() + budget.value).all()), "nothing remains"


def test_exchanged_ends_are_another_question() -> None:
    forth, back = (right(problem, LAYER, probability) for problem in (FORTH, BACK))
    apart = totals(forth.attribution + back.attribution).abs()
    assert bool((apart > (forth.total + back.total).value).all())


def test_one_mask_for_both_ends_leaves_the_error_of_the_rule() -> None:
    model = model_of(FORTH)
    lig = LayerIntegratedGradients(
        lambda ids, mask: probability(model(input_ids=ids, attention_mask=mask).logits), model.distilbert.embeddings
    )
    attribution, delta = lig.attribute(
        *ids_of(FORTH), additional_forward_args=torch.tensor(FORTH.data.mask), return_convergence_delta=True
    )
    expected = right(FORTH, LAYER, probability)
    assert_right(attribution, expected)
    assert_right_delta(delta, expected)
