"""Group *conventions*, decoders: a cache of keys and values changes no attribution, and padding on the left none."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import MASK, BuiltProblem, Entry
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_shape, assert_within
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

POSITIONS = "position_ids"
PADDED = 2


class CacheMatters(Violation):
    """A forward that caches keys and values, or continues a cached prefix, gets another attribution."""


class LeftPaddingMatters(Violation):
    """A row that is padded on its left, with its own positions, gets another attribution on its own tokens."""


@law(
    group="conventions",
    violation=CacheMatters,
    needs={"ig"},
    domain="prefixed",
    source="https://github.com/meta-pytorch/captum/issues/466",
    implied_by="input_attribution",
)
def cache(problem: Problem, subject: Subject) -> None:
    """IG with use_cache = IG without; IG after a cached prefix, copied for each call = IG with the prefix held."""
    asking = Asking.of(CacheMatters, problem, subject)
    entry, model = asking.entry, asking.built.model

    def caching(points: Tensor, *additional: Any) -> Any:
        return model(inputs_embeds=points, use_cache=True, **dict(zip(entry.names, additional, strict=False))).logits

    asking.assert_attribution(asking.attribution("IG with use_cache", replace(entry, forward=caching)))
    after = asking.changed(_after_prefix)
    with torch.no_grad():
        past = model(inputs_embeds=entry.inputs[:1, :1], use_cache=True).past_key_values

    def continuing(points: Tensor, *additional: Any) -> Any:
        own = copy.deepcopy(past)  # a forward adds to the cache that it gets
        own.batch_repeat_interleave(len(points))
        return model(inputs_embeds=points, past_key_values=own, use_cache=True).logits

    continued = replace(after.entry, forward=continuing)
    assert_repeatable(continued)
    what = "IG after a cached prefix"
    after.assert_attribution(after.attribution(what, continued), what)


@law(
    group="conventions",
    violation=LeftPaddingMatters,
    needs={"ig", "lig"},
    domain="padded_on_the_left",
    source="https://github.com/huggingface/transformers/issues/34218",
    implied_by="layer_attribution",
)
def left_padding(problem: Problem, subject: Subject) -> None:
    """With position_ids given, IG and LIG of a left-padded row are 0 at PAD, and the row's own on its own tokens."""
    asking = Asking.of(LeftPaddingMatters, problem, subject)
    pad = problem.model.family.pad
    for layer in (None, asking.built.word_table if asking.built.ids else None):
        there = asking.at(layer)
        what = f"{there.what}, padded by {PADDED} tokens on the left"
        got = there.attribution(what, _padded_on_the_left(there.entry, asking.built, pad))
        rows, _, units = there.shape
        assert_shape(LeftPaddingMatters, got, (rows, problem.data.length + PADDED, units), what)
        exact = Budget.exact(rows, "masked: exactly 0")
        at_pad, beside = on_cpu(got)[:, :PADDED], there.expected.attribution
        assert_within(LeftPaddingMatters, error=at_pad, budget=exact, what=f"{what}, at PAD", against=beside)
        there.assert_attribution(got[:, PADDED:], what)


def assert_repeatable(entry: Entry) -> None:
    """The forward gives the same output twice.

    Raises   NotApplicable if it does not: a forward that changes its cache is no function
    """
    with torch.no_grad():
        first, second = entry.output(), entry.output()
    if first.shape != second.shape or not torch.equal(first, second):
        raise NotApplicable("the forward gives another output the second time: does it change its cache?")


def _after_prefix(built: BuiltProblem) -> BuiltProblem:
    """Entered without arguments, each row continues one prefix, the first token of the first row: held at both ends."""
    entry = built.embeddings
    prefix = entry.inputs[:1, :1]

    def forward(points: Tensor, *additional: Any) -> Any:
        whole = torch.cat((prefix.expand(len(points), -1, -1), points), dim=1)
        return entry.forward(whole)[:, 1:]

    continued = replace(entry, forward=forward, additional=(), baseline_additional=None, names=())
    return replace(built, embeddings=continued)


def _padded_on_the_left(entry: Entry, built: BuiltProblem, pad: int) -> Entry:
    """The entry with masked tokens before each row, at PAD and at the baseline; own tokens keep their positions."""
    rows, length = entry.inputs.shape[:2]
    start = torch.full((rows, PADDED), pad, device=entry.inputs.device)
    hidden = torch.zeros_like(start)
    positions = entry.named[POSITIONS]
    if positions is None:
        positions = torch.arange(length, device=start.device).expand(rows, -1)
    if entry is built.embeddings:
        with torch.no_grad():
            start = built.word_table.module(built.model)(start)
    end = entry.baselines[:, -1:].expand_as(start)
    longer = replace(
        entry,
        inputs=torch.cat((start, entry.inputs), dim=1),
        baselines=torch.cat((end, entry.baselines), dim=1),
    )
    return longer.with_arguments(
        **{
            MASK: torch.cat((hidden, entry.explicit_mask), dim=1),
            POSITIONS: torch.cat((hidden, positions), dim=1),
        }
    )
