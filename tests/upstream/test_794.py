"""captum#794, captum#873, captum#904: why LIG fails, or gives zeros, where one encoder reads two texts.

LIG is at fault at a module that runs twice: it knows the value of the last run, and puts it in the place of both. With
texts of two lengths the model fails on a shape. A text that is the same at both ends and read last (#873) has Δ = 0:
every score is 0, while F(x) ≠ F(x'). Run the encoder on the other text before, and pass what it gives among
`additional_forward_args`: then the module runs once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.constraint import LAYER
from reference.violation import Severity, result_or_error
from tests.upstream.answering import (
    SENTENCE,
    NotAsAnswered,
    assert_right,
    assert_right_delta,
    ids_of,
    known_defect,
    model_of,
    right,
)

QUERY = replace(SENTENCE.asking(target=None), model=replace(SENTENCE.model, head="hidden"))
RESPONSE, LONGER = torch.tensor([[1, 4, 8, 6, 10, 2]]), torch.tensor([[1, 4, 8, 6, 10, 7, 7, 2]])
MODEL = model_of(QUERY)


def pooled(input_ids: Tensor) -> Tensor:
    mask = torch.ones_like(input_ids)
    hidden = MODEL(input_ids, attention_mask=mask).last_hidden_state
    return (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)


def similarity(query: Tensor, response: Tensor) -> Tensor:
    return torch.cosine_similarity(pooled(query), pooled(response))


def to_response(hidden: Tensor) -> Tensor:
    """F of the query alone: the response's vector as it is."""
    return torch.cosine_similarity(hidden.mean(1), pooled(RESPONSE).detach().to(hidden))


def answer_of(inputs: Any, baselines: Any, additional: Any = None) -> Any:
    """LIG at the encoder's embeddings, or None where it refuses a layer that runs twice."""
    lig = LayerIntegratedGradients(similarity, MODEL.embeddings)
    return result_or_error(
        NotAsAnswered,
        "LIG of two texts",
        LAYER,
        lambda: lig.attribute(inputs, baselines, additional_forward_args=additional),
    )


def test_texts_of_two_lengths_fail_on_a_shape() -> None:
    query, reference = ids_of(QUERY)
    with known_defect("called-twice", Severity.UNCLEAR_ERROR):
        answer_of((query, LONGER), (reference, torch.zeros_like(LONGER)))


def test_texts_of_one_length_are_one_text_on_the_path() -> None:
    query, reference = ids_of(QUERY)
    attributions = answer_of((query, RESPONSE), (reference, torch.zeros_like(RESPONSE)))
    with known_defect("called-twice"):
        if isinstance(attributions, Tensor):
            raise NotAsAnswered("one attribution for two texts")
    ends = replace(QUERY.data, ids=tuple(map(tuple, RESPONSE.tolist())), baseline=((0,) * 6,))
    with_itself = right(
        replace(QUERY, data=ends),
        "embeddings",
        lambda hidden: torch.cosine_similarity(hidden.mean(1), hidden.mean(1)),
    )
    assert_right(attributions, with_itself, "LIG of a text compared with itself")


def test_text_read_before_the_other_has_zeros_alone() -> None:
    attributions = answer_of(*ids_of(QUERY), RESPONSE)
    with known_defect("called-twice"):
        if attributions is not None:
            assert_right(attributions, right(QUERY, "embeddings", to_response), "LIG of the query")
    assert not attributions.any()


def test_encoder_that_runs_once_gives_the_right_ones() -> None:
    lig = LayerIntegratedGradients(
        lambda query, vector: torch.cosine_similarity(pooled(query), vector), MODEL.embeddings
    )
    attributions, delta = lig.attribute(
        *ids_of(QUERY), additional_forward_args=pooled(RESPONSE).detach(), return_convergence_delta=True
    )
    expected = right(QUERY, "embeddings", to_response)
    assert_right(attributions, expected)
    assert_right_delta(delta, expected)
