"""captum#375, captum#625: why an additional argument reaches the forward n_steps times as long.

Captum takes every tensor among `additional_forward_args` for one with a row per example, and repeats it for each step.
One that has none (class weights, edges) then has a shape that the model refuses, or is another argument without a
warning, and another function is attributed. Captum is at fault: it could see that its rows are not the examples. Hand
such a tensor over in something that is none, a dict say, or close over it: then it comes as it is.
"""

from __future__ import annotations

from typing import Any

import torch
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.constraint import ARGUMENTS
from reference.violation import Severity, result_or_error
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right

CLASS_WEIGHTS = torch.tensor([0.25, 0.75], dtype=torch.float64)
LAYER = "bert.embeddings"
ASKED = SENTENCE.asking(target=None)


def weighted(logits: Tensor, weights: Tensor = CLASS_WEIGHTS) -> Tensor:
    return (logits * weights.to(logits)).sum(1)


def share_of_first(logits: Tensor, weights: Tensor = CLASS_WEIGHTS) -> Tensor:
    """The first class, weighted by its share."""
    return logits[:, 0] * (weights[0] / weights.sum()).to(logits)


def ask(forward: Any, additional: Any = None) -> Tensor:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids, *more: forward(model(ids).logits, *more), model.bert.embeddings)
    return lig.attribute(*ids_of(), additional_forward_args=additional)


def test_repeated_argument_does_not_fit_the_model() -> None:
    with known_defect("constant-vector-repeated", Severity.UNCLEAR_ERROR):
        result_or_error(NotAsAnswered, "LIG with class weights", ARGUMENTS, lambda: ask(weighted, CLASS_WEIGHTS))


def test_repeated_argument_makes_another_function() -> None:
    attributions = ask(share_of_first, CLASS_WEIGHTS)
    with known_defect("constant-vector-repeated"):
        assert_right(attributions, right(ASKED, LAYER, share_of_first), "LIG with class weights")


def test_argument_in_a_dict_or_closed_over_comes_as_it_is() -> None:
    expected = right(ASKED, LAYER, weighted)
    in_dict = ask(lambda logits, more: weighted(logits, more["weights"]), {"weights": CLASS_WEIGHTS})
    assert_right(in_dict, expected, "LIG with class weights in a dict")
    assert_right(ask(weighted), expected, "LIG with class weights closed over")
