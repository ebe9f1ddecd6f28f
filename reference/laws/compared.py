"""An attribution with its budgets, for laws that compare two results of a subject or add several."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from reference.oracle.budget import Budget


@dataclass(frozen=True)
class Compared:
    """An attribution (batch, …) as under the right rule, float64 on cpu, and how far each element may be off: from
    another of the same function, and from one of another function.
    """

    attribution: Tensor
    budget: Budget
    of_another_function: Budget

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            self.attribution + other.attribution,
            self.budget + other.budget,
            self.of_another_function + other.of_another_function,
        )

    def __rmul__(self, factor: float) -> Compared:
        size = abs(factor)
        return Compared(factor * self.attribution, size * self.budget, size * self.of_another_function)


def token_scores(attribution: Tensor) -> Tensor:
    """The attribution summed over the embedding dimension: (batch, length)."""
    return attribution.sum(-1)


def on_cpu(value: Tensor) -> Tensor:
    """The value in float64, in which the oracle computes."""
    return value.detach().cpu().to(torch.float64)
