"""The named variants of a model that a law needs, each a change made in place to a built BERT."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn


class Affine(nn.Module):
    """h ↦ gain ⊙ h + bias: a LayerNorm without its normalisation, so that the embeddings become an affine map."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight = norm.weight
        self.bias = norm.bias

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden * self.weight + self.bias


def plain(model: nn.Module) -> None:
    """The model as it is."""


def affine_embedding_norm(model: nn.Module) -> None:
    """The embeddings' LayerNorm replaced by its own gain and bias alone."""
    for module in model.modules():
        if hasattr(module, "word_embeddings") and isinstance(module.LayerNorm, nn.LayerNorm):
            module.LayerNorm = Affine(module.LayerNorm)


VARIANTS: dict[str, Callable[[nn.Module], None]] = {
    "plain": plain,
    "affine_embedding_norm": affine_embedding_norm,
}
