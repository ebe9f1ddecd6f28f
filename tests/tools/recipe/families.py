"""A row for each family: which module to give LIG, how IG must be called to mean the same, what the delta shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Entry, Layer
from reference.models.families import FAMILIES, SPECS
from reference.models.family import Family
from reference.problem import Ids, Problem, Tokens
from strategies.models import first_head
from tests.subjects.textbook import Textbook
from tests.tools.progress import progress

STEPS = 50
ORDINARY = 7
"""A token that is none of the special ones."""

HEADER = (
    "family",
    "LIG at",
    "as called: F(ids), F(embeddings)",
    "as called: scores of IG, LIG",
    "what makes them one function",
    "then",
    "IG against LIG at the embeddings",
    "delta from PAD as called",
    "delta from PAD, then",
    "delta from another token",
)


def table() -> Iterator[str]:
    """The rows of all families that the installed transformers has."""
    yield f"| {' | '.join(HEADER)} |"
    yield "|" + "---|" * len(HEADER)
    for family in progress(FAMILIES.values(), "families"):
        if not family.missing:
            yield f"| {' | '.join(row(family))} |"


def row(family: Family) -> tuple[str, ...]:
    """What one family's models show, in the order of HEADER."""
    padded, ordinary = (Case.of(family, token) for token in (family.pad, ORDINARY))
    right, right_ordinary = padded.as_one_function(), ordinary.as_one_function()
    needs = "nothing"
    if right is not padded:
        needs = "`position_ids`" if padded.counts_positions else "pool by the mask"
    layer = padded.built.word_table.path
    return (
        family.name,
        f"`{layer}`",
        _apart(padded.functions_apart()),
        _apart(padded.scores_apart()),
        needs,
        _apart(right_ordinary.scores_apart()),
        "–" if family.norm is None else _apart(right_ordinary.scores_apart(padded.built.embeddings_layer)),
        _gap(padded.gap()),
        _gap(right.gap()),
        _gap(right_ordinary.gap()),
    )


@dataclass(frozen=True)
class Case:
    """Two rows of five tokens, the second padded on its right, on one model whose PAD has the zero vector."""

    family: Family
    built: BuiltProblem
    target: Any

    @classmethod
    def of(cls, family: Family, token: int) -> Case:
        """The baseline keeps special tokens and has `token` in place of all others."""
        cls_, sep, pad = family.cls, family.sep, family.pad
        ids: Ids = ((cls_, 4, 5, 6, sep), (cls_, 8, 6, sep, pad))
        special = (cls_, sep, pad)
        baseline = tuple(tuple(own if own in special else token for own in row) for row in ids)
        spec: Any = SPECS[family.name](vocab=9, hidden=8, heads=2, layers=2, intermediate=8, weight_seed=1)
        head = first_head(family)
        made = replace(spec, head=head, attention=family.attentions[-1])
        data = Tokens(ids=ids, baseline=baseline, mask=((1,) * 5, (1, 1, 1, 1, 0)))
        built = _with_zero_pad(Problem(model=made, data=data).build(), pad)
        # PAD's logit is 0 if the language model's head has the weights of the word table.
        return cls(family, built, 1 if built.output_dims == 2 else (0, made.output_shape(5)[1] - 1))

    @property
    def counts_positions(self) -> bool:
        """Whether the model counts positions over the ids."""
        return self.family.counts_positions

    def as_one_function(self) -> Case:
        """The case called so that the model of the embeddings is the model of the ids; itself if it is."""
        if not self.family.by_pad:
            return self
        ids = self.built.ids
        assert ids is not None
        if self.counts_positions:
            shown = ids.explicit_mask
            positions = shown.cumsum(1) * shown + self.family.pad
            return replace(
                self, built=self.built.with_entries(lambda entry: entry.with_arguments(position_ids=positions))
            )
        return replace(self, built=_pooled_by_mask(self.built, self.family))

    def values(self, entry: Entry) -> Tensor:
        """F at both ends of the entry: (2 · batch,)."""
        with torch.no_grad():
            outputs = [entry.forward(end, *entry.arguments) for end in (entry.inputs, entry.baselines)]
        chosen = self.target if isinstance(self.target, tuple) else (self.target,)
        return torch.cat(outputs)[(slice(None), *chosen)]

    def functions_apart(self) -> float:
        """The largest distance of F(ids) from F(embeddings), as a share of the largest |F|."""
        by_ids, by_embeddings = self.values(self._ids), self.values(self.built.embeddings)
        return float((by_ids - by_embeddings).abs().max() / by_ids.abs().max())

    def scores_apart(self, layer: Layer | None = None) -> float:
        """The largest distance of token scores of IG from those of LIG, at the word table or at `layer`."""
        entry = self.built.embeddings
        of_ig = Textbook.ig(
            entry.forward,
            entry.inputs,
            entry.baselines,
            target=self.target,
            additional_forward_args=entry.arguments,
            n_steps=STEPS,
        ).sum(-1)
        of_lig = self.lig(layer or self.built.word_table).sum(-1)
        return float((of_ig - of_lig).abs().max() / of_lig.abs().max())

    def lig(self, layer: Layer) -> Tensor:
        """LIG at a layer, on ids."""
        entry = self._ids
        result: Tensor = Textbook.lig(
            entry.forward,
            layer.module(self.built.model),
            entry.inputs,
            entry.baselines,
            target=self.target,
            additional_forward_args=entry.arguments,
            n_steps=STEPS,
            attribute_to_layer_input=layer.at_input,
        )
        return result

    def gap(self) -> float:
        """The largest |delta| of LIG at the word table, as a share of the largest |F(x) − F(x')|."""
        end, start = self.values(self._ids).chunk(2)
        total = self.lig(self.built.word_table).flatten(1).sum(1)
        return float((total - (end - start)).abs().max() / (end - start).abs().max())

    @property
    def _ids(self) -> Entry:
        assert self.built.ids is not None
        return self.built.ids


def _with_zero_pad(built: BuiltProblem, pad: int) -> BuiltProblem:
    """PAD has the zero vector, as in trained models."""
    table: Any = built.word_table.module(built.model)
    ids = built.ids
    assert ids is not None
    with torch.no_grad():
        table.weight[pad] = 0
        inputs, baselines = table(ids.inputs), table(ids.baselines)
    return replace(built, embeddings=replace(built.embeddings, inputs=inputs, baselines=baselines))


def _pooled_by_mask(built: BuiltProblem, family: Family) -> BuiltProblem:
    """The classifier reads the last position that the mask shows, whether it is given ids or embeddings."""
    model: Any = built.model
    bare = family.bare(model)

    def entering(entry: Entry, name: str) -> Entry:
        def forward(points: Tensor, mask: Tensor, *others: Any) -> Tensor:
            hidden = bare(**{name: points}, attention_mask=mask).last_hidden_state
            last = mask.cumsum(1).argmax(1)
            scores: Tensor = model.score(hidden[torch.arange(len(hidden)), last])
            return scores

        return replace(entry, forward=forward)

    assert built.ids is not None
    return replace(
        built,
        ids=entering(built.ids, "input_ids"),
        embeddings=entering(built.embeddings, "inputs_embeds"),
    )


def _apart(share: float) -> str:
    """`bit for bit`, or the distance in words."""
    if share == 0:
        return "bit for bit"
    return f"{share:.0%} apart" if share >= 0.005 else _bound(share)


def _gap(share: float) -> str:
    return f"{share:.0%}" if share >= 0.005 else _bound(share)


def _bound(share: float) -> str:
    """The next power of ten, at least 1e-12: smaller ones are rounding."""
    return f"≤ 1e{max(-12, math.ceil(math.log10(share)))}" if share else "0"
