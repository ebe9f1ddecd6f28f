"""Mistakes after the attribution: how its numbers were summed, and what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.sides import Side


def _by_part(side: Side, reduce: Callable[[Tensor], Tensor]) -> Tensor:
    parts = side.numbers.split(side.attribution)
    return torch.cat([(reduce(part) if part.dim() > 2 else part).flatten(1) for part in parts], 1)


@hypothesis("mean for sum", cheap=True)
def mean_for_sum(given: Given) -> Iterator[Candidate]:
    """Token scores that are means over the embedding dimension."""
    dimension = given.numbers.reduced
    if dimension is not None and not given.numbers.impossible:
        which = "last dimension" if dimension == -1 else "channels"
        yield Candidate(
            f"the numbers are means over the {which}: sum over it", lambda s: _by_part(s, lambda p: p.mean(dimension))
        )


@hypothesis("summed over the wrong dimension", cheap=True)
def wrong_dimension(given: Given) -> Iterator[Candidate]:
    """Sums over the tokens instead of sums over the embedding dimension."""
    if given.numbers.reduced is not None and all(len(shape) == 2 for shape in given.numbers.space.shapes):
        yield Candidate(
            "the attribution is summed over its tokens: sum over the last dimension",
            lambda side: _by_part(side, lambda part: part.sum(1)),
        )


NORMS: dict[str, Callable[[Tensor], Tensor]] = {
    "L1": lambda values: values.abs().sum(),
    "L2": lambda values: values.norm(),
    "largest": lambda values: values.abs().max(),
}


@hypothesis("absolute or normalised scores", cheap=True)
def absolute_or_normalised(given: Given) -> Iterator[Candidate]:
    """Absolute values, or numbers divided by a norm, of each example or of the batch."""
    signed: dict[str, Callable[[Side], Tensor]] = {"": lambda side: side.scores}
    signed["absolute "] = lambda side: side.scores.abs()
    dim = given.numbers.reduced
    if dim is not None and not given.numbers.impossible:
        signed["sums of absolute "] = lambda side: _by_part(side, lambda part: part.abs().sum(dim))
        signed["L2 norms of "] = lambda side: _by_part(side, lambda part: part.norm(dim=dim))
        signed["means of absolute "] = lambda side: _by_part(side, lambda part: part.abs().mean(dim))
    for words, reading in signed.items():
        if words:
            yield Candidate(f"the numbers are {words}attributions: keep the sign", reading)
        if words.startswith("means"):
            continue  # their size is divided away
        for name, norm in NORMS.items():
            sentence = f"the numbers are {words}attributions divided by their {name} norm"
            yield Candidate(f"{sentence}, for each example", partial(_normalised, reading, norm, True))
            if given.call.examples > 1:
                yield Candidate(f"{sentence}, for the whole batch", partial(_normalised, reading, norm, False))


def _normalised(reading: Callable[[Side], Tensor], norm: Callable[[Tensor], Tensor], each: bool, side: Side) -> Tensor:
    values = reading(side)
    if not each:
        return values / norm(values)
    return torch.stack([row / norm(row) for row in values])
