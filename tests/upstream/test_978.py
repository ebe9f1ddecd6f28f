"""captum#978: why all attribution scores of a CodeBERT classifier are zero.

The forward ignores the ids it is given and reads others from outside. The layer then has one value at both ends of the
path: Δ = 0, and so are the attributions. The delta is 0, too, for it compares that one value with itself, and warns of
nothing. What warns is the forward alone: it gives F(x) for the reference. Read the argument.
"""

from __future__ import annotations

import torch
from captum.attr import LayerIntegratedGradients

from tests.upstream.answering import SENTENCE, assert_right, assert_right_delta, ids_of, model_of, oracle, right


def test_forward_that_ignores_its_argument_has_no_attributions_and_no_delta() -> None:
    model = model_of()
    input_ids, ref_input_ids = ids_of()
    attention_mask = torch.ones_like(input_ids)

    def custom_forward_func(inputs: torch.Tensor) -> torch.Tensor:
        return model(input_ids, attention_mask=attention_mask).logits

    lig = LayerIntegratedGradients(custom_forward_func, model.bert.embeddings)
    attributions, delta = lig.attribute(input_ids, ref_input_ids, target=0, return_convergence_delta=True)
    assert not attributions.any()
    assert not delta.any()
    assert torch.equal(custom_forward_func(ref_input_ids), custom_forward_func(input_ids)), "what warns"
    end, start = oracle(SENTENCE).ends()
    assert bool(((end - start).abs() > right(SENTENCE).gap.value).all()), "nothing to attribute"


def test_forward_that_reads_its_argument_has_the_right_ones() -> None:
    model = model_of()
    attention_mask = torch.ones_like(ids_of()[0])
    lig = LayerIntegratedGradients(
        lambda inputs, mask: model(inputs, attention_mask=mask).logits, model.bert.embeddings
    )
    attributions, delta = lig.attribute(
        *ids_of(), target=0, additional_forward_args=attention_mask, return_convergence_delta=True
    )
    expected = right(SENTENCE, "bert.embeddings")
    assert_right(attributions, expected)
    assert_right_delta(delta, expected)
