"""A replica of a model: the same function, with nothing in common that could be changed in place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reference.models.bert import FAMILY as BERT
from reference.models.bert import TinyBert
from reference.models.replica import replica
from reference.models.weights import give_weights, without_own_weights
from reference.problem import Tokens

DATA = Tokens(ids=((0, 1, 2, 3),), baseline=((1, 1, 0, 2),))

ACTIVATIONS = ("gelu", "gelu_python")
"""A module without more, and one that holds a method of its own."""

every_head = pytest.mark.parametrize("head", BERT.heads)


def in_common(value: Any, other: Any, path: str = "model") -> Iterator[str]:
    """Paths to what both hold, but for what deepcopy, too, leaves as it is."""
    if value is other:
        if copy.deepcopy(value) is not value:
            yield path
    elif isinstance(value, Tensor):
        if value.data_ptr() == other.data_ptr():
            yield path
    elif hasattr(value, "__self__"):
        if value.__self__ is other.__self__:
            yield path
    else:
        inside, beside = (held if isinstance(held, dict) else getattr(held, "__dict__", {}) for held in (value, other))
        assert inside.keys() == beside.keys(), path
        for name in inside:
            yield from in_common(inside[name], beside[name], f"{path}.{name}")


def tensors(model: nn.Module) -> list[tuple[str, torch.dtype, bool]]:
    named = (*model.named_parameters(), *model.named_buffers())
    return [(name, tensor.dtype, tensor.requires_grad) for name, tensor in named]


@every_head
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_two_builds_of_a_problem_have_nothing_in_common(head: str, activation: str) -> None:
    spec = TinyBert(head=head, activation=activation)
    assert not list(in_common(spec.model(torch.float64), spec.model(torch.float64)))


@every_head
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str)
def test_replica_is_what_transformers_makes_in_that_dtype(head: str, dtype: torch.dtype) -> None:
    import transformers

    spec = TinyBert(head=head, layers=2)
    with torch.random.fork_rng(devices=[]), without_own_weights(dtype):
        made = getattr(transformers, BERT.heads[head].model_class)(spec.config()).eval()
    give_weights(made, spec.weight_seed, spec.weight_scale)
    built = spec.build(DATA, dtype)
    entry = built.layered
    given = spec.output(made, **entry.named, input_ids=entry.inputs)
    assert torch.equal(entry.forward(entry.inputs, *entry.additional), given)
    # A tied weight is listed once: ties are compared with the rest.
    assert tensors(built.model) == tensors(made)
    assert not any(module.training for module in built.model.modules())


def test_weights_that_are_tied_stay_tied() -> None:
    weight = nn.Parameter(torch.ones(2, 2))
    model = nn.ParameterDict({"table": weight, "head": weight})
    own = replica(model, torch.float64)
    assert own["table"] is own["head"] is not weight


def test_hooks_of_a_replica_are_its_own() -> None:
    model = nn.Identity()
    model.register_forward_hook(lambda module, inputs, output: output + 1)
    twin = replica(model, torch.float64)
    assert torch.equal(twin(torch.ones(1)), torch.full((1,), 2.0))
    twin._forward_hooks.clear()
    assert len(model._forward_hooks) == 1
