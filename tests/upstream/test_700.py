"""captum#700, captum#1113: why attributions do not add up to the prediction.

They add up to F(x) − F(x'), what the model says of the input less what it says of the reference. Only a reference of
which it says 0 makes that the prediction: add F(x'), and do not rescale. An input that is not attributed, like the
second modality of #700, has its one value at both ends.
"""

from __future__ import annotations

import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.oracle.budget import assert_equal
from reference.oracle.path_integral import totals
from tests.upstream.answering import (
    SENTENCE,
    NotAsAnswered,
    assert_right,
    assert_right_delta,
    ids_of,
    model_of,
    oracle,
    right,
)

META = torch.tensor([[0.5, -1.0, 0.25]])
ASKED = SENTENCE.asking(target=1)


def fused(logits: Tensor, meta: Tensor = META) -> Tensor:
    """One head for the text's logits and the second modality."""
    head = torch.tensor([[0.5, -1.0, 1.0, 0.5, 0.25], [-0.5, 1.0, 0.0, 1.0, 2.0]]).to(logits)
    return torch.cat([logits, meta.to(logits).expand(len(logits), -1)], dim=1) @ head.T


def test_attributions_plus_baseline_prediction_equal_the_prediction() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids, meta: fused(model(ids).logits, meta), model.bert.embeddings)
    attributions, delta = lig.attribute(
        *ids_of(), target=1, additional_forward_args=META, return_convergence_delta=True
    )
    expected = right(ASKED, "bert.embeddings", fused)
    assert_right(attributions, expected)
    assert_right_delta(delta, expected)
    prediction, of_reference = oracle(ASKED, fused).ends()
    assert_equal(
        NotAsAnswered,
        got=totals(attributions) + of_reference - delta,
        expected=prediction,
        budget=expected.gap + expected.gap,
        what="attributions + F(x') − delta",
    )
    assert bool((of_reference.abs() > delta.abs() + expected.gap.value).all()), "F(x') is 0, or the delta is large"
