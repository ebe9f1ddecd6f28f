"""captum#653, captum#1269: whether PAD is the reference of a text when none is given.

Only where PAD is token 0, as in BERT and not in RoBERTa. Captum compares every id with 0, those of CLS and SEP too,
and embeddings with the zero vector, which is no token at all. Those are other references, with other attributions,
than PAD between CLS and SEP. Say which one is meant: what is the same at both ends gets exactly 0.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import transformers
from captum.attr import IntegratedGradients, LayerIntegratedGradients
from torch import Tensor

from reference.laws.compared import token_scores
from reference.problem import Problem, Vectors
from tests.upstream.answering import PAD, SENTENCE, assert_right, ids_of, model_of, right

ALL_PAD = replace(SENTENCE, data=replace(SENTENCE.data, baseline=((PAD,) * 6,)))
ZEROS = replace(SENTENCE, data=replace(SENTENCE.data, baseline=Vectors(scale=0.0)))


def at_word_embeddings(*ends: Tensor) -> Tensor:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.get_input_embeddings())
    return lig.attribute(*ends, target=0)


def test_without_a_reference_every_id_is_compared_with_token_0() -> None:
    ids, _ = ids_of()
    assert_right(at_word_embeddings(ids), right(ALL_PAD), "LIG")


def test_without_a_reference_embeddings_are_compared_with_the_zero_vector() -> None:
    model = model_of()
    ids, _ = ids_of()
    ig = IntegratedGradients(lambda embeddings: model(inputs_embeds=embeddings).logits)
    assert_right(ig.attribute(model.get_input_embeddings()(ids).detach(), target=0), right(ZEROS), "IG")


def test_kept_special_tokens_get_exactly_zero() -> None:
    scores = token_scores(at_word_embeddings(*ids_of()))
    assert not scores[:, [0, -1]].any()


@pytest.mark.parametrize(("one", "other"), [(SENTENCE, ALL_PAD), (ALL_PAD, ZEROS), (ZEROS, SENTENCE)])
def test_another_reference_has_other_attributions(one: Problem, other: Problem) -> None:
    first, second = right(one), right(other)
    apart = (token_scores(first.attribution) - token_scores(second.attribution)).abs().amax(1)
    assert bool((apart > (first.tokens + second.tokens).value).all())


@pytest.mark.parametrize(("name", "pad"), [("Bert", 0), ("DistilBert", 0), ("Roberta", 1), ("XLNet", 5)])
def test_pad_is_token_0_in_some_vocabularies(name: str, pad: int) -> None:
    assert getattr(transformers, f"{name}Config")().pad_token_id == pad
