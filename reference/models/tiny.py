"""Tiny random models: a specification in values, the model that it stands for, and the problem built from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, ClassVar

import torch
from torch import nn

from reference.models.family import MAX_LENGTH, Family
from reference.models.replica import replica
from reference.models.transformer import Transformer
from reference.models.variants import VARIANTS
from reference.models.weights import give_weights, without_own_weights

OWN = frozenset({"attention", "head", "weight_seed", "weight_scale", "variant"})
"""Fields that are not the config's."""


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyTransformer(Transformer):
    """A random model of a family. `weight_scale` is the standard deviation of embeddings and biases; matrices are
    divided by √(columns), gains are 1 + half of it.

    Raises   ValueError for an unknown head or variant, and for a field that the family does not have
    """

    family: ClassVar[Family]

    vocab: int = 4
    hidden: int = 3
    heads: int = 1
    layers: int = 1
    intermediate: int = 1
    activation: str = "gelu"
    types: int = 1
    labels: int = 2
    eps: float = 1e-12
    hidden_dropout: float = 0.0
    attention_dropout: float = 0.0
    attention: str = "eager"
    head: str = "sequence"
    weight_seed: int = 0
    weight_scale: float = 1.0
    variant: str = "unmodified"

    def __post_init__(self) -> None:
        for known, name, kind in ((self.family.heads, self.head, "head"), (VARIANTS, self.variant, "variant")):
            if name not in known:
                raise ValueError(f"unknown {kind} {name!r} of {self.family.name}: choose one of {', '.join(known)}")
        for field in fields(self):
            absent = field.name not in OWN | self.family.settings.keys() | self.family.options.keys()
            if absent and getattr(self, field.name) != field.default:
                raise ValueError(f"{self.family.name} has no {field.name!r}: leave it at {field.default!r}")

    def model(self, dtype: torch.dtype, device: str = "cpu") -> nn.Module:
        """A model of its own, in eval mode. Global random state is left as it was."""
        model = replica(_prototype(replace(self, variant="unmodified")), dtype)
        if device != "cpu":
            model.to(device)
        VARIANTS[self.variant](self.family, self.family.bare(model))
        return model

    def config(self) -> Any:
        """The config that transformers gets.

        Raises   NotApplicable if the installed transformers has no such attention for this family
        """
        import transformers

        self.family.check_attention(self.attention)
        given = {name: getattr(self, field) for field, names in self.family.settings.items() for name in names}
        config = getattr(transformers, self.family.config_class)(
            **{"max_position_embeddings": MAX_LENGTH, **self.family.constants, **given}
        )
        config._attn_implementation = self.attention
        return config


def every_spec(of: type[TinyTransformer] = TinyTransformer) -> Iterator[type[TinyTransformer]]:
    """Each class of specs that has a family of its own."""
    for spec in of.__subclasses__():
        if "family" in vars(spec):
            yield spec
        yield from every_spec(spec)


@lru_cache(maxsize=4)
def _prototype(spec: TinyTransformer) -> nn.Module:
    """In float64, for the builds of a problem and of its variants: nobody else gets it."""
    import transformers

    with torch.random.fork_rng(devices=[]), without_own_weights(torch.float64):
        model: nn.Module = getattr(transformers, spec.family.heads[spec.head].model_class)(spec.config())
    give_weights(model, spec.weight_seed, spec.weight_scale, rounded=not spec.family.narrows)
    return model.eval()
