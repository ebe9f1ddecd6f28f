"""Faults under every subject: torch computes another BERT than the paper's, or another gradient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from tests.power.faults.fault import Fault

GRAD = torch.autograd.grad

GROUND = "no report: the ground itself"


@contextmanager
def spread_without_root() -> Iterator[None]:
    """LayerNorm divides by the variance instead of its root."""

    def forward(self: nn.LayerNorm, hidden: Tensor) -> Tensor:
        spread = hidden.var(-1, unbiased=False, keepdim=True) + self.eps
        return (hidden - hidden.mean(-1, keepdim=True)) / spread * self.weight + self.bias

    with mock.patch.object(nn.LayerNorm, "forward", forward):
        yield


@contextmanager
def gradient_by_a_wrong_kernel() -> Iterator[None]:
    """Gradients come back a hundredth too large."""

    def grad(*arguments: Any, **options: Any) -> tuple[Any, ...]:
        return tuple(None if one is None else one * 1.01 for one in GRAD(*arguments, **options))

    with mock.patch.object(torch.autograd, "grad", grad):
        yield


FAULTS = (
    Fault(
        "spread without root",
        "forward_of_bert",
        GROUND,
        spread_without_root,
        witness=Problem(
            model=TinyBert(
                vocab=6, layers=2, intermediate=3, activation="gelu_fast", attention_dropout=0.1, head="answer_start"
            ),
            data=Tokens(ids=((0,), (0,), (0,)), baseline=((1,), (1,), (1,))),
            call=Call(method="riemann_right", dtype="float32"),
        ),
    ),
    Fault(
        "gradient by a wrong kernel",
        "gradient_of_bert",
        GROUND,
        gradient_by_a_wrong_kernel,
        witness=Problem(
            model=TinyBert(
                vocab=6,
                hidden=6,
                heads=2,
                layers=2,
                intermediate=2,
                activation="silu",
                eps=0.01,
                attention_dropout=0.1,
                head="answer_start",
                weight_seed=1,
            ),
            data=Tokens(ids=((0,), (0,), (0,), (0,)), baseline=((3,), (3,), (3,), (3,))),
        ),
    ),
)
