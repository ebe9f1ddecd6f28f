"""captum#357, captum#405, captum#1112: why IG of token ids fails with "expected … scalar type Long".

IG would have to ask the model about a token between two tokens, and there is none. To refuse is right, the words are
not: they come from the embedding, and say nothing of IG's inputs. To cast the ids back in the forward cuts the
gradient, and ends in another error. Give IG the embeddings, or ask LIG at the word embeddings: the two are equal,
element for element.
"""

from __future__ import annotations

from typing import Any

import pytest
from captum.attr import IntegratedGradients, LayerIntegratedGradients
from torch import Tensor

from reference.constraint import INPUTS
from reference.violation import expect_error
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right


@pytest.mark.parametrize("cast", [False, True], ids=["as they are", "cast back"])
def test_ids_are_refused_by_an_error_about_something_else(cast: bool) -> None:
    model = model_of()

    def forward(ids: Tensor) -> Any:
        return model(ids.long() if cast else ids).logits

    with known_defect("unclear-integer-inputs"):
        expect_error(
            NotAsAnswered, "IG of ids", INPUTS, lambda: IntegratedGradients(forward).attribute(*ids_of(), target=0)
        )


def test_embeddings_and_their_layer_have_the_right_ones() -> None:
    model = model_of()
    table = model.get_input_embeddings()
    ig = IntegratedGradients(lambda embeddings: model(inputs_embeds=embeddings).logits)
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, table)
    expected = right(SENTENCE)
    assert_right(ig.attribute(*(table(ids).detach() for ids in ids_of()), target=0), expected, "IG")
    assert_right(lig.attribute(*ids_of(), target=0), expected, "LIG")
