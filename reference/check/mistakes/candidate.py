"""A candidate: the numbers that a mistake would give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from reference.check.field import Call
from reference.check.sides import Reading, Side
from reference.oracle.quadrature import Rule


@dataclass(frozen=True)
class Candidate:
    """What a mistake would give: a reading of another call, or of the same call under another rule.

    `named` is the rule's name and its number of steps, if it is one of the five. `likely` says whether it is worth a
    whole path; None leaves this to its change of F, which must be near the total of the numbers.
    """

    sentence: str
    reading: Reading = lambda side: side.scores
    call: Call | None = None
    rule: Rule | None = None
    named: tuple[str, int] | None = None
    likely: bool | None = None

    def on(self, side: Side) -> Tensor:
        """The numbers in one dtype: (batch, own), float64."""
        if self.call is not None:
            side = side.of(self.call)
        if self.rule is not None:
            side = side.under(self.rule)
        found = self.reading(side).double()
        if found.shape != side.numbers.flat.shape:
            raise ValueError("another shape")
        return found


def in_float32(right: Rule) -> Iterator[Rule]:
    """The rule with weights, and with weights and equally spaced nodes, that are rounded to float32.

    NumPy's weights differ in their last digits: with many nodes, some of them have another neighbour in float32.
    """
    weights = _rounded(right.weights)
    yield Rule(right.nodes, weights)
    if right.weights_error and (others := _rounded(_weights_of_numpy(len(right)))) != weights:
        yield Rule(right.nodes, others)
    nodes = torch.linspace(right.nodes[0], right.nodes[-1], len(right), dtype=torch.float32).double()
    if bool(((nodes - torch.tensor(right.nodes, dtype=torch.float64)).abs() <= torch.finfo(torch.float32).eps).all()):
        yield Rule(tuple(nodes.tolist()), weights)
        yield Rule(tuple(nodes.tolist()), right.weights)


def _rounded(numbers: Sequence[float]) -> tuple[float, ...]:
    """The numbers, rounded to float32."""
    return tuple(torch.tensor(numbers, dtype=torch.float64).float().double().tolist())


@lru_cache(maxsize=16)
def _weights_of_numpy(n_steps: int) -> tuple[float, ...]:
    """Gauss–Legendre by NumPy, moved to [0, 1]; 1000 nodes take a second."""
    return tuple((np.polynomial.legendre.leggauss(n_steps)[1] / 2).tolist())
