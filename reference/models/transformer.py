"""What random models and saved ones share: the problem built of a model of a family, for a batch of tokens."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Parts
from reference.models.build import built_problem
from reference.models.family import Family, Head, choices, layers_in_order
from reference.problem import Ids, Tokens, Vectors
from reference.short_repr import ShortRepr


class Transformer(ShortRepr):
    """A model of a family with one of its heads; `layers` and `heads` count its layers and its attention heads."""

    family: ClassVar[Family]
    head: str
    vocab: int
    layers: int
    heads: int
    types: int

    @abstractmethod
    def model(self, dtype: torch.dtype, device: str = "cpu") -> nn.Module:
        """A model of its own, in eval mode. Global random state is left as it was."""

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
