"""Tiny random models: a specification in values, the model that it stands for, and the problem built from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import lru_cache, partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Parts
from reference.models.build import built_problem
from reference.models.family import MAX_LENGTH, Family, Head, choices, layers_in_order
from reference.models.replica import replica
from reference.models.variants import VARIANTS
from reference.models.weights import give_weights, without_own_weights
from reference.problem import Ids, Tokens, Vectors
from reference.short_repr import ShortRepr

OWN = frozenset({"attention", "head", "weight_seed", "weight_scale", "variant"})
"""Fields that are not the config's."""


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyTransformer(ShortRepr):
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

    def build(self, data: Tokens, dtype: torch.dtype, device: str = "cpu") -> BuiltProblem:
        """Both entries (ids, embeddings) and the places where layer attributions are taken."""
        model, parts, head = self.model(dtype, device), self.parts(), self.family.heads[self.head]
        bare = self.family.bare(model)

        def tensor(rows: Ids | None) -> Tensor | None:
            return None if rows is None else torch.tensor(rows, dtype=torch.long, device=device)

        def arguments(types: Ids | None, positions: Ids | None) -> dict[str, Tensor | None]:
            """Those that the family has. Raises ValueError if another one is given."""
            rows = {"attention_mask": data.mask, "token_type_ids": types, "position_ids": positions}
            for name in rows.keys() - set(self.family.arguments):
                if rows[name] is not None:
                    raise ValueError(f"{self.family.name} takes no {name} here")
            return {name: tensor(rows[name]) for name in self.family.arguments}

        given = arguments(data.types, data.positions)
        at_baseline = arguments(data.baseline_types or data.types, data.baseline_positions or data.positions)
        by_vectors = isinstance(data.baseline, Vectors)
        return built_problem(
            model,
            partial(self.output, model),
            parts.tables[0].module(model),
            torch.tensor(data.ids, dtype=torch.long, device=device),
            data.baseline if isinstance(data.baseline, Vectors) else torch.tensor(data.baseline, device=device),
            given,
            at_baseline,
            layers_in_order=layers_in_order(parts) if by_vectors else (parts.tables[0], *layers_in_order(parts)),
            prefix=self.family.prefix(self.head),
            output_dims=1 + len(self.output_shape(data.length)),
            rows=head.rows(data.length),
            parts=parts,
            reads=head.reads,
            also_read=self._last_token(data) if head.by_ids else None,
            never_read=_hidden(data) if head.attends else None,
            embed=lambda words: self.family.embed(bare, words, given),
            reverse=self.family.units and partial(self.family.reverse_units, bare, self.heads),
        )

    def output(self, model: nn.Module, **given: Tensor | None) -> Tensor:
        """What F is selected from, for the forward's arguments by name: (batch, …) as the head's shape says."""
        head: Head = self.family.heads[self.head]
        if self.head == "choice":
            for name, rows in given.items():
                if rows is not None:
                    each = rows.unflatten(1, (choices(rows.shape[1]), -1))
                    given[name] = each.flatten(0, 1) if name in self.family.ready else each
        output: Tensor = getattr(model(**given), head.output)
        return output

    def _last_token(self, data: Tokens) -> Tensor:
        """The last position of each row that does not hold PAD, the first if all do: (batch, length) bool."""
        places = [max([i for i, token in enumerate(row) if token != self.family.pad], default=0) for row in data.ids]
        return nn.functional.one_hot(torch.tensor(places), data.length).bool()

    def output_shape(self, length: int) -> tuple[int, ...]:
        """Of the output, per example."""
        return self.family.heads[self.head].shape(self, length)

    def parts(self) -> Parts:
        """Where the model has the parts that laws name."""
        return self.family.parts(self.family.prefix(self.head), self.layers)

    def inner_places(self) -> tuple[str, ...]:
        """The sub-modules of each layer that give (and, for `:input`, get) one tensor, and the head's own."""
        return self.family.inner_places(self.head, self.layers)


def _hidden(data: Tokens) -> Tensor | None:
    """The positions that the mask hides, of each row in which it shows any: (batch, length) bool."""
    if data.mask is None:
        return None
    shown = torch.tensor(data.mask).bool()
    return ~shown & shown.any(1, keepdim=True)


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
