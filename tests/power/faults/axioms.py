"""Faults against an axiom: a feature that F does not use, or that does not change, gets an attribution."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from tests.power.faults.fault import AT_INPUTS, Fault, one_token
from tests.subjects.textbook import Textbook, checks, integrated_gradients

ATTRIBUTE = integrated_gradients.attribute
LIG = Textbook.lig


@contextmanager
def every_input_must_be_used() -> Iterator[None]:
    """autograd.grad is called without allow_unused."""

    class Torch:
        autograd = SimpleNamespace(grad=lambda *arguments, allow_unused: torch.autograd.grad(*arguments))

        def __getattr__(self, name: str) -> Any:
            return getattr(torch, name)

    with mock.patch.object(integrated_gradients, "torch", Torch()):
        yield


def no_gradient_is_zero() -> AbstractContextManager[Any]:
    """An output without a gradient counts as a constant, even if F(x) and F(x') differ."""
    return mock.patch.object(checks, "no_gradient", return_value=None)


@contextmanager
def divided_by_norm() -> Iterator[None]:
    """Attributions of each example are divided by their norm, which gives 0/0 if nothing changes."""

    def attribute(F: Any, ends: Callable[[Tensor], Any], batch: int, steps: Any, rows: int) -> Any:
        averages, attributions = ATTRIBUTE(F, ends, batch, steps, rows)
        norms = [a.flatten(1).norm(dim=1).reshape(-1, *(1,) * (a.dim() - 1)) for a in attributions]
        return averages, [a / norm for a, norm in zip(attributions, norms, strict=True)]

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def layers_one_by_one() -> Iterator[None]:
    """Each layer of a list gets its own path; the other layers stay at their value for the input."""

    def lig(forward: Any, layer: nn.Module | Sequence[nn.Module], *ends: Any, **options: Any) -> Any:
        if isinstance(layer, nn.Module):
            return LIG(forward, layer, *ends, **options)
        return [LIG(forward, one, *ends, **options) for one in layer]

    with mock.patch.object(Textbook, "lig", staticmethod(lig)):
        yield


FAULTS = (
    Fault(
        name="unused input is an error",
        law="dummy",
        link="https://github.com/meta-pytorch/captum/issues/1141",
        planted=every_input_must_be_used,
        witness=AT_INPUTS,
    ),
    Fault(
        name="no gradient is zero",
        law="cut_gradient",
        link="https://github.com/meta-pytorch/captum/issues/978",
        planted=no_gradient_is_zero,
        witness=Problem(
            model=TinyBag(vocab=2, hidden=2),
            data=Tokens(ids=((0, 0), (0, 0)), baseline=((1, 0), (0, 0))),
            call=Call(n_steps=2),
        ),
    ),
    Fault(
        name="NaN where nothing changes",
        law="equal_examples",
        link="https://github.com/cdpierse/transformers-interpret/issues/14",
        planted=divided_by_norm,
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0,),), baseline=((0,),))),
    ),
    Fault(
        name="layers one by one",
        law="layers_in_series",
        link="https://github.com/meta-pytorch/captum/pull/532",
        planted=layers_one_by_one,
        witness=one_token(),
    ),
)
