"""Faults under every subject: torch computes another BERT than the paper's, or another gradient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from tests.power.faults.fault import Fault

GRAD = torch.autograd.grad

GROUND = "no report: the ground itself"


@contextmanager
def spread_without_root() -> Iterator[None]:
    """LayerNorm divides by the variance, where its root is due."""

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
    Fault("spread without root", "forward_of_bert", GROUND, spread_without_root),
    Fault(
        "gradient by a wrong kernel",
        "gradient_of_bert",
        GROUND,
        gradient_by_a_wrong_kernel,
    ),
)
