"""The modules of a small net, by name: each maps (rows, tokens, hidden) to the same shape, row by row."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from reference.models.versions import GELU_READS_NO_STRIDES, MIXES_DTYPES

WIDTH = 3
"""Tokens that a convolution sees."""


class Attention(nn.Module):
    """Softmax attention with one head, added to its input."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))

    def forward(self, tokens: Tensor) -> Tensor:
        scores = self.query(tokens) @ self.key(tokens).transpose(1, 2) / math.sqrt(tokens.shape[-1])
        mixed: Tensor = tokens + torch.softmax(scores, -1) @ self.value(tokens)
        return mixed


class RootMeanSquareNorm(nn.Module):
    """x / √(mean x² + ε), times a gain. torch has one since 2.4."""

    def __init__(self, hidden: int, eps: float) -> None:
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(hidden)), eps

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens * torch.rsqrt(tokens.square().mean(-1, keepdim=True) + self.eps) * self.weight


class LayerNorm(nn.LayerNorm):
    """LayerNorm in the dtype of its weight: torch 1.13 cannot mix dtypes, as autocast does."""

    def forward(self, tokens: Tensor) -> Tensor:
        return super().forward(tokens.to(self.weight.dtype))


class Gelu(nn.Module):
    """x Φ(x) from its definition: GELU of torch 2.1 is wrong if the gradients that come back are transposed."""

    def forward(self, tokens: Tensor) -> Tensor:
        return tokens * (0.5 * (1 + torch.erf(tokens / math.sqrt(2))))


class Recurrent(nn.Module):
    """A GRU, without its last state."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.cell = nn.GRU(hidden, hidden, batch_first=True)

    def forward(self, tokens: Tensor) -> Tensor:
        states: Tensor = self.cell(tokens)[0]
        return states


class Transposed(nn.Module):
    """A module that wants (rows, hidden, tokens)."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, tokens: Tensor) -> Tensor:
        moved: Tensor = self.inner(tokens.transpose(1, 2)).transpose(1, 2)
        return moved


class UnitRows(nn.Module):
    """A weight of which each row has length 1: weight_norm without its gains, in every release of torch."""

    def forward(self, weight: Tensor) -> Tensor:
        return weight * torch.rsqrt(weight.square().sum(1, keepdim=True))


def _weight_norm(hidden: int) -> nn.Module:
    linear = nn.Linear(hidden, hidden)
    parametrize.register_parametrization(linear, "weight", UnitRows())
    return nn.Sequential(linear, nn.Tanh())


EPS = 0.1
"""Of the norms: large, so that no token is close to a jump."""

MODULES: dict[str, Callable[[int], nn.Module]] = {
    "tanh": lambda hidden: nn.Sequential(nn.Linear(hidden, hidden), nn.Tanh()),
    "affine": lambda hidden: nn.Linear(hidden, hidden),
    "gelu": lambda hidden: nn.Sequential(nn.Linear(hidden, hidden), (Gelu if GELU_READS_NO_STRIDES else nn.GELU)()),
    "attention": Attention,
    "layer_norm": lambda hidden: (nn.LayerNorm if MIXES_DTYPES else LayerNorm)(hidden, eps=EPS),
    "rms_norm": lambda hidden: RootMeanSquareNorm(hidden, EPS),
    "gru": Recurrent,
    "convolution": lambda hidden: Transposed(nn.Conv1d(hidden, hidden, WIDTH, padding=WIDTH // 2)),
    "batch_norm": lambda hidden: Transposed(nn.BatchNorm1d(hidden, eps=EPS)),
    "weight_norm": _weight_norm,
}
"""By name: a module for so many hidden units."""

TABLES: dict[str, Callable[[int, int], nn.Embedding]] = {
    "dense": nn.Embedding,
    "sparse": lambda vocab, hidden: nn.Embedding(vocab, hidden, sparse=True),
    "max_norm": lambda vocab, hidden: nn.Embedding(vocab, hidden, max_norm=1.0),
}
"""By name: an embedding table of token ids."""
