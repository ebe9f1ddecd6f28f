"""Random weights that are the same everywhere: each from a seed and its own name.

They are drawn by `numpy.random.RandomState`, whose stream is frozen, one stream per parameter name, so neither torch's
generator nor the order of parameters in a release of transformers changes them. They are rounded to float32: the
float32 and the float64 model are then the same function. Biases, LayerNorm gains and the PAD row are drawn too:
transformers' own initialisation leaves them at 0, 1, 0, where Integrated Gradients is degenerate.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from reference.problem import Vectors

STREAM = np.random.RandomState(0)
"""Seeded for each parameter: to seed a stream takes a tenth of the time that a new one takes."""


def weights(
    name: str, shape: tuple[int, ...], seed: int, scale: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The float32-representable values of the parameter `name`, as float64."""
    STREAM.seed([seed, zlib.crc32(name.encode())])
    values = STREAM.standard_normal(shape) * scale
    if name.endswith("LayerNorm.weight"):
        values = 1 + values / 2
    elif len(shape) == 2 and "embeddings" not in name:
        values = values / np.sqrt(shape[1])
    return values.astype(np.float32).astype(np.float64)


def give_weights(model: nn.Module, seed: int, scale: float) -> None:
    """Every parameter of a model gets its weights, in the model's dtype."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(weights(name, tuple(parameter.shape), seed, scale)))


@contextmanager
def without_own_weights(dtype: torch.dtype) -> Iterator[None]:
    """Models are made in that dtype and not initialised: half of their time, for weights that are never used."""
    from transformers import PreTrainedModel

    # Newer releases call the first one for a model, older ones the second for each of its modules.
    name = "initialize_weights" if hasattr(PreTrainedModel, "initialize_weights") else "_initialize_weights"
    initialisers = [(PreTrainedModel, name), (nn.Linear, "reset_parameters"), (nn.Embedding, "reset_parameters")]
    own = [getattr(*initialiser) for initialiser in initialisers]
    before = torch.get_default_dtype()
    for initialiser in initialisers:
        setattr(*initialiser, lambda *arguments: None)
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
        for initialiser, function in zip(initialisers, own, strict=True):
            setattr(*initialiser, function)


def vectors(spec: Vectors, shape: tuple[int, ...]) -> Tensor:
    """The baseline of `spec`: float32-representable normal values, float64."""
    values = np.random.RandomState(spec.seed).standard_normal(shape) * spec.scale
    return torch.from_numpy(values.astype(np.float32).astype(np.float64))
