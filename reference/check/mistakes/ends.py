"""Mistakes of the path's ends: another baseline than the call was told."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from reference.check.field import Space
from reference.check.mistakes.mistake import Candidate, Given, hypothesis
from reference.check.model_calls import word_table
from reference.check.sides import Side
from reference.oracle.path import Path


def _from(side: Side, baseline: Tensor) -> Tensor:
    path = side.path
    moved = Path(path.field, path.x, baseline.to(path.x).expand_as(path.x).contiguous(), form=path.form)
    return side.numbers.like(moved.sum(side.rule).attribution.double())


@hypothesis("baseline forgotten")
def baseline_forgotten(given: Given) -> Iterator[Candidate]:
    """The default baseline: zeros for IG, ids 0 for LIG."""
    if given.call.layers:
        zeros = tuple(torch.zeros_like(one) for one in given.call.baselines)
        yield Candidate("the baseline is id 0 at every position", call=given.call.changed(baselines=zeros))
    else:
        yield Candidate("the path starts at zero", lambda side: _from(side, torch.zeros_like(side.path.x)))


@hypothesis("zeros for PAD", needs=("ids",), tokens=True)
def zeros_for_pad(given: Given) -> Iterator[Candidate]:
    """The zero vector instead of the baseline's embeddings, or the embedding of PAD instead of the zero vector."""
    yield Candidate(
        "the path starts at the zero vector, not at the embeddings of the baseline",
        lambda side: _from(side, torch.zeros_like(side.path.x)),
    )
    table, pad = word_table(given.model), getattr(getattr(given.model, "config", None), "pad_token_id", None)
    if table is None or pad is None or given.call.layers:
        return

    def from_pad(side: Side) -> Tensor:
        with side.call.copies.holding(side.dtype), torch.no_grad():
            vector = table(torch.tensor([pad]))[0]
        shapes = side.numbers.space.shapes
        if len(shapes) != 1 or shapes[0][-1] != len(vector):
            raise ValueError("another space")
        examples = side.call.examples
        return _from(side, Space(shapes).join([vector.expand(examples, *shapes[0])]))

    yield Candidate("the path starts at the embedding of PAD at every position", from_pad)
