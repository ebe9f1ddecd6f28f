"""captum#733: where an optional argument may be None.

Among `additional_forward_args`: there it is passed on, and the answer is that of a call without it. Among `inputs` it
cannot be attributed, and an error is due. At the *input* of a layer that is itself called with None beside its hidden
states, as every layer of BERT's encoder is, captum is at fault: it fails on the None. Ask for the output of the module
before: it is the same tensor.
"""

from __future__ import annotations

from typing import Any

import pytest
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.constraint import LAYER
from reference.violation import result_or_error
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right


def forward_of(model: Any) -> Any:
    def forward(ids: Tensor, attention_mask: Tensor | None = None, token_type_ids: Tensor | None = None) -> Tensor:
        return model(ids, attention_mask=attention_mask, token_type_ids=token_type_ids).logits

    return forward


def test_none_beside_the_inputs_is_as_if_it_were_left_out() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(forward_of(model), model.bert.embeddings)
    attributions = lig.attribute(*ids_of(), target=0, additional_forward_args=(None, None))
    assert_right(attributions, right(SENTENCE, "bert.embeddings"))


def test_none_among_the_inputs_is_refused() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(forward_of(model), model.bert.embeddings)
    with pytest.raises((AssertionError, AttributeError, TypeError)):
        lig.attribute((ids_of()[0], None, None), target=0)


def test_none_beside_the_hidden_states_of_a_layer_is_an_error() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(forward_of(model), model.bert.encoder.layer[1])
    with known_defect("none-in-call"):
        answer = result_or_error(
            NotAsAnswered,
            "LIG at the input of the second layer",
            LAYER,
            lambda: lig.attribute(*ids_of(), target=0, attribute_to_layer_input=True),
        )
        if answer is not None:
            assert_right(answer, right(SENTENCE, "bert.encoder.layer.1:input"))


def test_output_of_the_module_before_is_the_same_tensor() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(forward_of(model), model.bert.encoder.layer[0].output)
    assert_right(lig.attribute(*ids_of(), target=0), right(SENTENCE, "bert.encoder.layer.1:input"))
