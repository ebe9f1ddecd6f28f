"""captum#373: whether `softmax(logits, dim=1)[0]` is a forward for a BERT classifier.

No: every attribution is then 0, without a warning. All steps are rows of one batch, and [0] keeps the first of them;
its probabilities, taken for one number per example, are summed, and their sum is 1 whatever the tokens are. The delta
shows it: it has an entry for each class, not for each example. Keep the batch: return softmax(logits, dim=1), and name
the class by `target`.
"""

from __future__ import annotations

import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.constraint import OUTPUT
from reference.violation import expect_error
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

LAYER = "bert.embeddings"


def softmax(logits: Tensor) -> Tensor:
    return torch.softmax(logits, dim=1)


def test_first_row_alone_gets_zeros_and_a_delta_for_each_class() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: softmax(model(ids).logits)[0], model.bert.embeddings)

    def ask() -> tuple[Tensor, Tensor]:
        return lig.attribute(*ids_of(), return_convergence_delta=True)

    with known_defect("first-row-only"):
        expect_error(NotAsAnswered, "LIG of a forward that returns the first row", OUTPUT, ask)
    attributions, delta = ask()
    sum_of_probabilities = right(SENTENCE.asking(target=None), LAYER, lambda logits: softmax(logits).sum(1))
    assert_right(attributions, sum_of_probabilities, "the attribution of 1")
    assert delta.shape == (SENTENCE.model.labels,)


def test_forward_that_keeps_the_batch_has_the_right_ones() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: softmax(model(ids).logits), model.bert.embeddings)
    attributions, delta = lig.attribute(*ids_of(), target=0, return_convergence_delta=True)
    expected = right(SENTENCE, LAYER, softmax)
    assert_right(attributions, expected)
    assert_right_delta(delta, expected)
