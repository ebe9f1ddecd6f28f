"""captum#1080, captum#1141: what "appears to not have been used in the graph" means.

Either the forward casts an input to ids, which cuts its gradient, or it does not read one of its inputs. The cast
should raise an error: LIG at the embedding is what was meant. The attribution of what is not read is 0, and those of
the others are as if it were not there: captum is at fault, for it fails. Leave such an input out of `inputs`.
"""

from __future__ import annotations

from typing import Any

import torch
from captum.attr import IntegratedGradients, LayerIntegratedGradients
from torch import Tensor

from reference.constraint import GRADIENT
from reference.violation import called, expect_error
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right

UNREAD = torch.ones(1, 3, dtype=torch.float64)


def ends_of(model: Any) -> list[Tensor]:
    return [model.get_input_embeddings()(ids).detach() for ids in ids_of()]


def test_cast_to_ids_fails_inside_torch_and_lig_has_the_right_ones() -> None:
    model = model_of()

    def forward(tokens: Tensor) -> Tensor:
        return model(tokens.long()).logits

    ends = [ids.double() for ids in ids_of()]
    with known_defect("unclear-cut-gradient"):
        expect_error(
            NotAsAnswered,
            "IG of what the forward casts to ids",
            GRADIENT,
            lambda: IntegratedGradients(forward).attribute(*ends, target=0),
        )
    lig = LayerIntegratedGradients(forward, model.get_input_embeddings())
    assert_right(lig.attribute(*ends, target=0), right(SENTENCE), "LIG")


def test_input_that_is_not_read_is_an_error_where_0_is_due() -> None:
    model = model_of()
    embeddings, reference = ends_of(model)
    ig = IntegratedGradients(lambda embeddings, unread: model(inputs_embeds=embeddings).logits)
    inputs, baselines = (embeddings, UNREAD), (reference, torch.zeros_like(UNREAD))
    with known_defect("unused-input"):
        read, unread = called(
            NotAsAnswered,
            "IG of an input that is not read",
            lambda: ig.attribute(inputs, baselines, target=0),
        )
        assert_right(read, right(SENTENCE), "IG of the input that is read")
        assert not unread.any()


def test_left_out_of_the_inputs_it_does_not_matter() -> None:
    model = model_of()
    ig = IntegratedGradients(lambda embeddings, unread: model(inputs_embeds=embeddings).logits)
    attributions = ig.attribute(*ends_of(model), target=0, additional_forward_args=UNREAD)
    assert_right(attributions, right(SENTENCE))
