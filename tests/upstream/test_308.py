"""captum#308, captum#642: why a model that works has "no attribute 'shape'".

Captum takes what the forward returns for one tensor, and transformers return a ModelOutput, or a tuple. An error is
due, but not that one: it does not say that the forward is meant. Wrap the model in a forward that returns its
`.logits`.
"""

from __future__ import annotations

from typing import Any

import pytest
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.constraint import OUTPUT
from reference.violation import expect_error
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right


@pytest.mark.parametrize("return_dict", [True, False], ids=["a ModelOutput", "a tuple"])
def test_model_returning_no_tensor_raises_an_error_about_shape(return_dict: bool) -> None:
    model = model_of()

    def forward(ids: Tensor) -> Any:
        return model(ids, return_dict=return_dict)

    lig = LayerIntegratedGradients(forward, model.bert.embeddings)
    with known_defect("unclear-structured-output"):
        expect_error(
            NotAsAnswered,
            "LIG of a model that returns no tensor",
            OUTPUT,
            lambda: lig.attribute(*ids_of(), target=0),
        )


def test_forward_that_returns_the_logits_has_the_right_ones() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.bert.embeddings)
    assert_right(lig.attribute(*ids_of(), target=0), right(SENTENCE, "bert.embeddings"))
