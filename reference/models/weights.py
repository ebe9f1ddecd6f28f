"""Random weights that are the same everywhere: each from a seed and its own name.

They are drawn by `numpy.random.RandomState`, whose stream is frozen, one stream per parameter name, so neither torch's
generator nor the order of parameters in a release of transformers changes them. They are rounded to float32: the
float32 and the float64 model are then the same function. Models that compute in float32 whatever their dtype get
weights that float32 cannot represent, so that no point of a path lies half-way between two float32 numbers. Biases,
LayerNorm gains and the PAD row are drawn too: transformers' own initialisation leaves them at 0, 1, 0, where Integrated
Gradients is degenerate. The type of its module says whether a parameter is a gain, a table or a matrix: its name
differs by architecture.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

import numpy as np
import torch
from torch import Tensor, nn

from reference.problem import Vectors

STREAM = np.random.RandomState(0)
"""Seeded for each parameter: to seed a stream takes a tenth of the time that a new one takes."""


class Role(Enum):
    """What a parameter is to its module."""

    GAIN = "of a norm"
    TABLE = "of embeddings"
    OTHER = "a matrix or a vector"


def role(module: nn.Module, name: str) -> Role:
    """The role of the module's own parameter `name`."""
    if name == "weight" and (isinstance(module, nn.LayerNorm) or type(module).__name__.endswith("Norm")):
        return Role.GAIN
    return Role.TABLE if isinstance(module, nn.Embedding) else Role.OTHER


def weights(
    name: str, shape: tuple[int, ...], seed: int, scale: float, role: Role = Role.OTHER, *, rounded: bool = True
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The values of the parameter `name`, as float64; float32 can represent them if they are `rounded`."""
    STREAM.seed([seed, zlib.crc32(name.encode())])
    values = STREAM.standard_normal(shape) * scale
    if role is Role.GAIN:
        values = 1 + values / 2
    elif role is Role.OTHER and len(shape) == 2:
        values = values / np.sqrt(shape[1])
    return values.astype(np.float32).astype(np.float64) if rounded else values


def give_weights(model: nn.Module, seed: int, scale: float, *, rounded: bool = True) -> None:
    """Every parameter of a model gets its weights, in the model's dtype. A tied one has its first name and role."""
    modules = dict(model.named_modules())
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            path, _, own = name.rpartition(".")
            of_it = role(modules[path], own)
            values = weights(name, tuple(parameter.shape), seed, scale, of_it, rounded=rounded)
            parameter.copy_(torch.from_numpy(values))


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
