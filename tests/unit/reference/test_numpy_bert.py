"""The NumPy BERT is transformers' BERT, to rounding: output, gradient and Integrated Gradients."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers.activations import ACT2FN

from reference.models.bert import TinyBert
from reference.models.versions import ATTENTIONS, MASKED_BY_BOOLEANS
from reference.models.weights import vectors
from reference.oracle.numpy import bert as numpy_bert
from reference.oracle.path_integral import select
from reference.oracle.quadrature import rule
from reference.problem import Ids, Target, Tokens, Vectors
from tests.plugin.night import some
from tests.unit.reference.rounding import assert_equal_to_rounding

Array = NDArray[np.float64]

ACTIVATIONS = sorted(ACT2FN.keys() - {"xielu"})
"""Its parameters are made in bfloat16, so it is not drawn."""

IDS: Ids = ((1, 4, 2, 3), (3, 0, 1, 4))
BASELINE: Ids = ((0, 0, 0, 0), (2, 1, 1, 0))
MASKS: dict[str, Ids | None] = {
    "none": None,
    "padding": ((1, 1, 1, 1), (1, 1, 0, 0)),
    "fully-masked-row": ((0, 0, 0, 0), (1, 0, 1, 1)),
}
ARGUMENTS: dict[str, tuple[Ids | None, Ids | None]] = {
    "defaults": (None, None),
    "given": (((0, 0, 1, 1), (0, 1, 1, 0)), ((3, 2, 1, 0), (5, 5, 7, 11))),
}
TARGETS: dict[str, Target] = {
    "sequence": 1,
    "token": (2, 1),
    "answer_start": 3,
    "answer_end": (0, 2),
    "masked": (1, 4),
    "next": (1, 0),
    "pooled": 5,
    "hidden": (3, 2),
    "choice": 1,
}


def bert(**changes: Any) -> TinyBert:
    return TinyBert(
        **{"vocab": 5, "hidden": 6, "heads": 2, "layers": 2, "intermediate": 4, "types": 2, "weight_seed": 1, **changes}
    )


@cache
def model(spec: TinyBert, dtype: torch.dtype) -> Any:
    return spec.model(dtype)


def torch_output(spec: TinyBert, embeddings: Tensor, *additional: Ids | None) -> Tensor:
    given = [None if rows is None else torch.tensor(rows) for rows in additional]
    named = dict(zip(spec.family.arguments, given, strict=True))
    return spec.output(model(spec, embeddings.dtype), **named, inputs_embeds=embeddings)


def torch_forward(spec: TinyBert, embeddings: Tensor, target: Target, *additional: Ids | None) -> Tensor:
    return select(torch_output(spec, embeddings, *additional), target)


def torch_gradient(spec: TinyBert, embeddings: Tensor, target: Target, *additional: Ids | None) -> Tensor:
    leaf = embeddings.detach().requires_grad_()
    return torch.autograd.grad(torch_forward(spec, leaf, target, *additional).sum(), leaf)[0]


def embedded(spec: TinyBert, ids: Ids | Vectors, dtype: torch.dtype) -> Tensor:
    if isinstance(ids, Vectors):
        return vectors(ids, (len(IDS), len(IDS[0]), spec.hidden)).to(dtype)
    table: Tensor = model(spec, dtype).get_input_embeddings().weight
    return table.detach()[torch.tensor(ids)]


def assert_same_output_and_gradient(spec: TinyBert, target: Target, *additional: Ids | None) -> None:
    single, double = (embedded(spec, IDS, dtype) for dtype in (torch.float32, torch.float64))
    ours = double.numpy()
    with torch.no_grad():
        expected = [torch_output(spec, x, *additional) for x in (single, double)]
    assert_equal_to_rounding(numpy_bert.output(spec, ours, *additional), *expected)
    if numpy_bert.differentiated_by_torch(spec, additional[0]):
        expected = [torch_gradient(spec, x, target, *additional) for x in (single, double)]
        assert_equal_to_rounding(numpy_bert.gradient(spec, ours, target, *additional), *expected)


@pytest.mark.skipif(MASKED_BY_BOOLEANS or "sdpa" not in ATTENTIONS, reason="this transformers asks sdpa otherwise")
def test_torch_does_not_differentiate_a_row_that_is_masked_as_a_whole() -> None:
    """Where it does, `differentiated_by_torch` has one case less."""
    spec, mask = bert(attention="sdpa"), MASKS["fully-masked-row"]
    assert not numpy_bert.differentiated_by_torch(spec, mask)
    single, double = (embedded(spec, IDS, dtype) for dtype in (torch.float32, torch.float64))
    right = numpy_bert.gradient(spec, double.numpy(), 0, mask)
    with pytest.raises(AssertionError, match="more than rounding"):
        assert_equal_to_rounding(right, *(torch_gradient(spec, x, 0, mask, None, None) for x in (single, double)))


@pytest.mark.parametrize("arguments", ARGUMENTS.values(), ids=ARGUMENTS)
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("activation", some(ACTIVATIONS))
def test_output_and_gradient_are_those_of_torch(
    activation: str, attention: str, mask: Ids | None, arguments: tuple[Ids | None, Ids | None]
) -> None:
    assert_same_output_and_gradient(bert(activation=activation, attention=attention), 0, mask, *arguments)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_of_the_masked_head_is_that_of_torch(activation: str) -> None:
    assert_same_output_and_gradient(bert(activation=activation, head="masked"), (1, 4), None, None, None)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("head", numpy_bert.OUTPUTS)
def test_every_head_is_that_of_torch(head: str, attention: str, mask: Ids | None) -> None:
    assert_same_output_and_gradient(bert(head=head, attention=attention), TARGETS[head], mask, *ARGUMENTS["given"])


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(
    "changes",
    [{}, {"variant": "affine_embedding_norm"}, {"eps": 0.25}, {"types": 3, "labels": 3}, {"weight_scale": 0.1}],
    ids=str,
)
def test_every_shape_is_that_of_torch(changes: dict[str, Any], layers: int, heads: int, attention: str) -> None:
    spec = bert(layers=layers, heads=heads, attention=attention, **changes)
    assert_same_output_and_gradient(spec, (1, 0), MASKS["padding"], ARGUMENTS["given"][0], None)


@pytest.mark.parametrize("head", numpy_bert.OUTPUTS)
@pytest.mark.parametrize("baseline", [BASELINE, Vectors(seed=3)], ids=["ids", "vectors"])
@pytest.mark.parametrize("method", ["riemann_trapezoid", "gausslegendre"])
def test_integrated_gradients_are_those_of_torch_step_by_step(method: str, baseline: Ids | Vectors, head: str) -> None:
    spec, target, nodes = bert(head=head), TARGETS[head], rule(method, 3)
    additional = (MASKS["padding"], None, ARGUMENTS["given"][1])

    def in_torch(dtype: torch.dtype) -> tuple[Tensor, ...]:
        x, x0 = (embedded(spec, ends, dtype) for ends in (IDS, baseline))
        slopes = (
            weight * torch_gradient(spec, x0 + node * (x - x0), target, *additional)
            for node, weight in zip(nodes.nodes, nodes.weights, strict=True)
        )
        with torch.no_grad():
            ends = [torch_forward(spec, end, target, *additional) for end in (x, x0)]
        return sum(slopes, torch.zeros(())) * (x - x0), *ends

    tokens = Tokens(ids=IDS, baseline=baseline, mask=additional[0], types=additional[1], positions=additional[2])
    ours = (numpy_bert.integrated_gradients(spec, tokens, target, nodes), *numpy_bert.values(spec, tokens, target))
    for part, in_float32, in_float64 in zip(ours, in_torch(torch.float32), in_torch(torch.float64), strict=True):
        assert_equal_to_rounding(part, in_float32, in_float64)


def test_leading_axes_are_a_batch_of_batches() -> None:
    spec = bert()
    points = np.random.RandomState(0).standard_normal((3, 2, 4, 6))
    together = numpy_bert.gradient(spec, points, (1, 0), MASKS["padding"])
    for one, alone in zip(together, points, strict=True):
        singly = torch.from_numpy(numpy_bert.gradient(spec, alone, (1, 0), MASKS["padding"]))
        in_float32 = torch_gradient(spec, torch.from_numpy(alone).float(), (1, 0), MASKS["padding"], None, None)
        assert_equal_to_rounding(one, in_float32, singly)


@pytest.mark.parametrize(
    ("changes", "target"),
    [({"labels": 1}, None), ({}, 1), ({}, (1, 0)), ({"head": "token"}, (2, 1)), ({"head": "token"}, ((2, 1), (0, 0)))],
    ids=str,
)
def test_every_form_of_target_selects_as_the_torch_oracle_does(changes: dict[str, Any], target: Any) -> None:
    assert_same_output_and_gradient(bert(**changes), target, None, None, None)


@pytest.mark.parametrize(("head", "target"), [("token", 1), ("token", (1,)), ("hidden", (0, 0, 0))])
def test_a_target_that_selects_no_scalar_is_refused(head: str, target: Target) -> None:
    with pytest.raises(ValueError, match="does not select"):
        numpy_bert.gradient(bert(head=head), np.zeros((2, 4, 6)), target)
