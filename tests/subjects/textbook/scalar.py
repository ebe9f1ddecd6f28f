"""The forward as F, one number per row: any rows of the examples, each with its own target and arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from . import checks

Tensors = Sequence[Tensor]


@dataclass(frozen=True)
class Scalar:
    """F: the forward as one number per row, its output at the target; `examples` says which example each row is."""

    forward: Callable[..., Any]
    target: Any
    additional: Any
    batch: int

    def __call__(self, points: Tensors, examples: Tensor) -> Tensor:
        output = checks.output(self.output(points, examples), len(examples))
        index = checks.target(self.target, (self.batch, *output.shape[1:]))[examples]
        return output[(torch.arange(len(examples)), *index.unbind(1))]

    def output(self, points: Tensors, examples: Tensor) -> Any:
        """What the forward returns at the points, which it may change in place."""
        additional = () if self.additional is None else self.additional
        arguments = additional if isinstance(additional, tuple) else (additional,)
        return self.forward(*(point.clone() for point in points), *tiled(arguments, examples, self.batch))

    def gap(self, x: Tensors, baseline: Tensors, attributions: Tensors, rows: int) -> Tensor:
        """Σ attribution − (F(x) − F(x')) of each example: 0 by completeness, but for quadrature and rounding."""
        groups = torch.arange(self.batch).split(rows)
        change = torch.cat([wide(self(take(x, g), g)) - wide(self(take(baseline, g), g)) for g in groups])
        return sum((wide(a).reshape(self.batch, -1).sum(1).to(change.device) for a in attributions), -change)


def tiled(value: Any, examples: Tensor, batch: int) -> Any:
    """A tensor with a row per example gets the rows of `examples`, also in a list, tuple or dict; the rest stays."""
    if isinstance(value, Tensor):
        return value[examples] if value.dim() > 0 and len(value) == batch else value
    if type(value) in (list, tuple):
        return type(value)(tiled(item, examples, batch) for item in value)
    if type(value) is dict:
        return {key: tiled(item, examples, batch) for key, item in value.items()}
    return value


def take(tensors: Tensors, examples: Tensor) -> list[Tensor]:
    """The rows of these examples."""
    return [tensor[examples] for tensor in tensors]


def wide(tensor: Tensor) -> Tensor:
    """The tensor in at least float32: sums in half precision are noise."""
    return tensor.to(torch.promote_types(tensor.dtype, torch.float32))
