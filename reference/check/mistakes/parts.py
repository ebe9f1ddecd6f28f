"""Mistakes of several inputs or layers: paths of their own, where one path moves all of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

import torch
from torch import Tensor

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.sides import Side
from reference.oracle.path import Path

MOST_PARTS = 8
"""Inputs or layers for which a path each is taken."""


@hypothesis("inputs exchanged", cheap=True)
def exchanged(given: Given) -> Iterator[Candidate]:
    """The numbers of one input or layer at the place of another of the same shape."""
    space = given.numbers.space
    if not 2 <= len(space.shapes) <= MOST_PARTS:
        return
    for first, second in combinations(range(len(space.shapes)), 2):
        if space.shapes[first] == space.shapes[second]:
            order = list(range(len(space.shapes)))
            order[first], order[second] = second, first
            sentence = f"the numbers of {space.part} {first} and {space.part} {second} are exchanged"
            yield Candidate(sentence, partial(_in_order, order))


def _in_order(order: list[int], side: Side) -> Tensor:
    space = side.numbers.space
    parts = space.split(side.attribution)
    return side.numbers.like(space.join([parts[place] for place in order]))


@hypothesis("one by one")
def one_by_one(given: Given) -> Iterator[Candidate]:
    """Each input or layer attributed in a call of its own."""
    if not 2 <= len(given.numbers.space.shapes) <= MOST_PARTS:
        return
    if given.call.layers:
        yield Candidate("each layer has a path of its own: attribute the layers in one call", _layers_alone)
        return
    for kept in ("values", "baselines"):
        sentence = f"each input has a path of its own, and the others stay at their {kept}"
        yield Candidate(f"{sentence}: attribute the inputs in one call", partial(_inputs_alone, kept == "values"))


def _inputs_alone(at_values: bool, side: Side) -> Tensor:
    path, space = side.path, side.numbers.space
    found = []
    for place in range(len(space.shapes)):
        ends = zip(space.split(path.x), space.split(path.baseline), strict=True)
        own = [pair if place == other else (pair[not at_values],) * 2 for other, pair in enumerate(ends)]
        x, baseline = (space.join(end) for end in zip(*own, strict=True))
        alone = Path(path.field, x, baseline, form=path.form).sum(side.rule)
        found.append(space.split(alone.attribution.double())[place])
    return side.numbers.like(space.join(found))


def _layers_alone(side: Side) -> Tensor:
    paths = [side.call.changed(layers=(layer,)).path(side.dtype)[0] for layer in side.call.layers]
    return side.numbers.like(torch.cat([path.sum(side.rule).attribution.double() for path in paths], 1))
