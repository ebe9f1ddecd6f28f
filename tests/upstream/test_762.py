"""captum#536, captum#762: whether a loss on attributions can be backpropagated into the model.

Not through captum: LIG's attributions have no graph, and IG's have one that misleads. It knows the factor x − x'
alone, so no weight behind the embeddings gets a gradient, and d IG/dx is the average gradient, as if that did not
depend on x; in chunks it is even that of the first chunk. Write the sum with create_graph=True: it gives IG's own
attributions, and every weight of the encoder its gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from captum.attr import IntegratedGradients, LayerIntegratedGradients
from torch import Tensor

from reference.oracle.quadrature import Rule
from tests.upstream.answering import SENTENCE, assert_right, ids_of, known_defect, model_of, oracle, right


def ends_of(model: Any) -> tuple[Tensor, Tensor]:
    """The embeddings of the sentence, of which a gradient is asked, and of the reference."""
    ids, reference = (model.get_input_embeddings()(ids).detach() for ids in ids_of())
    return ids.requires_grad_(), reference


def forward_of(model: Any) -> Callable[[Tensor], Tensor]:
    return lambda embeddings: model(inputs_embeds=embeddings).logits


def with_graph(forward: Callable[[Tensor], Tensor], x: Tensor, baseline: Tensor, rule: Rule) -> Tensor:
    total = torch.zeros_like(x)
    for node, weight in zip(rule.nodes, rule.weights, strict=True):
        point = baseline + node * (x - baseline)
        (gradient,) = torch.autograd.grad(forward(point)[:, 0].sum(), point, create_graph=True)
        total = total + weight * gradient
    return total * (x - baseline)


def ig_with_its_graph(model: Any, x: Tensor, baseline: Tensor, **how: Any) -> Tensor:
    attributions = IntegratedGradients(forward_of(model)).attribute(x, baseline, target=0, **how)
    assert attributions.requires_grad, "captum detaches them now: rewrite the answer at the head of this file"
    return attributions


def derivative_of_ig(**how: Any) -> Tensor:
    model = model_of()
    x, baseline = ends_of(model)
    return torch.autograd.grad(ig_with_its_graph(model, x, baseline, **how).sum(), x)[0]


def test_attributions_of_a_layer_have_no_graph() -> None:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.get_input_embeddings())
    assert not lig.attribute(*ids_of(), target=0).requires_grad


def test_attributions_of_inputs_have_one_that_reaches_no_weight() -> None:
    model = model_of()
    attributions = ig_with_its_graph(model, *ends_of(model))
    gradients = torch.autograd.grad(attributions.sum(), list(model.parameters()), allow_unused=True)
    assert all(gradient is None for gradient in gradients)


def test_their_derivative_is_the_average_gradient() -> None:
    expected = oracle(SENTENCE).average_gradient()
    assert_right(derivative_of_ig(), expected, "d IG/dx")


def test_their_derivative_is_that_of_the_first_chunk() -> None:
    in_chunks, answers = derivative_of_ig(internal_batch_size=10), oracle(SENTENCE)
    with known_defect("graph-of-first-chunk"):
        assert_right(in_chunks, answers.average_gradient(), "d IG/dx in chunks")
    first = replace(answers, rule=Rule(answers.rule.nodes[:10], answers.rule.weights[:10]))
    assert_right(in_chunks, first.average_gradient(), "d IG/dx of the first chunk")


def test_sum_with_a_graph_has_the_same_attributions_and_reaches_every_weight() -> None:
    model = model_of()
    attributions = with_graph(forward_of(model), *ends_of(model), oracle(SENTENCE).rule)
    assert_right(attributions, right(SENTENCE), "the sum with a graph")
    weights = list(model.bert.encoder.parameters())
    gradients = torch.autograd.grad(attributions.square().sum(), weights)
    assert all(gradient.any() for gradient in gradients)
