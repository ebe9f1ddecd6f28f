"""Mistakes of the path's ends: another baseline than the call was told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor, nn

from reference.check.field import Call, Space
from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.model_calls import word_table
from reference.check.sides import Side
from reference.oracle.path import Path


def _from(side: Side, baseline: Tensor) -> Tensor:
    path = side.path
    moved = Path(path.field, path.x, baseline.to(path.x).expand_as(path.x).contiguous(), form=path.form)
    return side.numbers.like(moved.sum(side.rule).attribution.double())


def _moved(side: Side) -> Tensor:
    """Where a token differs from its baseline: the shape of the flat path."""
    space = side.numbers.space
    parts = zip(space.split(side.path.x), space.split(side.path.baseline), strict=True)
    return space.join([(x != baseline).any(-1, keepdim=True).expand_as(x) for x, baseline in parts])


@hypothesis("baseline forgotten")
def baseline_forgotten(given: Given) -> Iterator[Candidate]:
    """The default baseline: zeros for IG, ids 0 for LIG."""
    if given.call.layers:
        zeros = tuple(torch.zeros_like(one) for one in given.call.baselines)
        yield Candidate("the baseline is id 0 at every position", call=given.call.changed(baselines=zeros))
    else:
        yield Candidate("the path starts at zero", lambda side: _from(side, torch.zeros_like(side.path.x)))
        yield from _one_forgotten(given.call)


def _one_forgotten(call: Call) -> Iterator[Candidate]:
    """One of several baselines is zero."""
    for place, baseline in enumerate(call.baselines):
        if len(call.baselines) > 1 and bool(baseline.any()):
            others = (*call.baselines[:place], torch.zeros_like(baseline), *call.baselines[place + 1 :])
            yield Candidate(f"baselines[{place}] is zero", call=call.changed(baselines=others))


@hypothesis("zeros for PAD", needs=("ids",), tokens=True)
def zeros_for_pad(given: Given) -> Iterator[Candidate]:
    """The zero vector instead of the baseline's embeddings, or the embedding of PAD instead of the zero vector."""
    yield Candidate(
        "the path starts at the zero vector, not at the embeddings of the baseline",
        lambda side: _from(side, torch.zeros_like(side.path.x)),
    )
    if not given.call.layers:
        yield Candidate(
            "the path starts at the zero vector at the tokens that change, not at the embeddings of the baseline",
            lambda side: _from(side, torch.where(_moved(side), 0.0, side.path.x)),
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


@hypothesis("another baseline", needs=("model", "ids"), tokens=True)
def another_baseline(given: Given) -> Iterator[Candidate]:
    """A special token that is not the baseline's: at the tokens that change, or at all tokens."""
    found = []
    for name, token in given.special.items():
        for everywhere in (False, True):
            other = _at_token(given.call, given.model, token, everywhere=everywhere)
            if other is not None:
                where = "every token, special tokens too" if everywhere else "the tokens that change"
                found.append(Candidate(f"the baseline is {name.upper()} (id {token}) at {where}", call=other))
    found.sort(key=lambda one: given.from_the_total(cast(Call, one.call)))
    yield from (replace(one, likely=True if place == 0 else None) for place, one in enumerate(found))


def _at_token(call: Call, model: nn.Module | None, token: int, *, everywhere: bool) -> Call | None:
    """The call with that token as its baseline; None if it is the baseline already, or inputs are no tokens."""
    (x, *more), (baseline, *others) = call.inputs, call.baselines
    table = word_table(model)
    if table is None or token >= len(cast(Tensor, table.weight)):
        return None
    if x.is_floating_point():
        if more or x.dim() != 3:
            return None
        with torch.no_grad():
            vector = table(torch.tensor([[token]], device=x.device))[0, 0].to(x)
        if vector.shape != x.shape[2:]:
            return None
        moved = (x != baseline).any(-1, keepdim=True)
    else:
        vector, moved = torch.tensor(token).to(x), x != baseline
    other = torch.where(moved | torch.tensor(everywhere).to(moved), vector.expand_as(x), baseline)
    return None if torch.equal(other, baseline) else call.changed(baselines=(other, *others))
