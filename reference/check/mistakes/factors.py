"""Mistakes of the factor: what the averaged gradient is multiplied by."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.mistakes.rules import OPPOSITE
from reference.check.sides import Side

NEAR_ONE = 1e-5
"""A factor as near to 1 as this is printed with all its digits."""

LARGE = 0.01
"""Numbers of this share of the largest tell a factor."""


@hypothesis("x for Δ", cheap=True)
def input_for_difference(given: Given) -> Iterator[Candidate]:
    """Multiplied by x instead of x − x'."""

    def reading(side: Side) -> Tensor:
        return side.numbers.like(side.average.attribution.double() * side.path.x.double())

    yield Candidate("the averaged gradient is multiplied by x: multiply by x − x'", reading)


@hypothesis("missing Δ", cheap=True)
def missing_difference(given: Given) -> Iterator[Candidate]:
    """Not multiplied at all."""

    def reading(side: Side) -> Tensor:
        return side.numbers.like(side.average.attribution.double())

    yield Candidate("this is the averaged gradient (multiply_by_inputs=False): multiply by x − x'", reading)


@hypothesis("gradient × input", cheap=True)
def gradient_times_input(given: Given) -> Iterator[Candidate]:
    """One gradient at the input instead of the integral."""

    def gradient(side: Side) -> Tensor:
        found: Tensor = side.path.field.gradient(side.path.x).double()
        return found

    yield Candidate(
        "this is ∇F(x) ⊙ x, without a path", lambda side: side.numbers.like(gradient(side) * side.path.x.double())
    )
    yield Candidate(
        "this is ∇F(x) ⊙ (x − x'), without a path", lambda side: side.numbers.like(gradient(side) * side.delta.double())
    )
    yield Candidate("this is the gradient ∇F(x)", lambda side: side.numbers.like(gradient(side)))


@hypothesis("ends swapped or sign flipped")
def swapped(given: Given) -> Iterator[Candidate]:
    """The path from x to x', or the negative of the output: both change the sign alone."""

    def negative(side: Side) -> Tensor:
        return -side.scores

    sentence = "the numbers have the opposite sign: is the path from x to x', or is F negated?"
    yield Candidate(sentence, negative)
    if given.method in OPPOSITE:  # rules whose nodes are others, seen from the other end
        call = given.call
        yield Candidate("the path is from x to x'", call=call.changed(inputs=call.baselines, baselines=call.inputs))


@hypothesis("constant factor", alone=True)
def constant_factor(given: Given) -> Iterator[Candidate]:
    """All right numbers times one factor. One number alone would always be explained."""
    right, numbers = given.right.number, given.numbers.flat
    told = (right.abs() > given.right.budget(given.dtype, given.numbers.resolution).unsqueeze(1)).sum()
    size = (right * right).sum()
    if told < 2 or size == 0:
        return
    half_units = given.numbers.half_units
    factor = float(_factor(right, numbers, half_units))

    def times(side: Side) -> Tensor:
        own = side.scores
        return _factor(own, numbers, half_units) * own

    digits = 6 if abs(factor - 1) > NEAR_ONE else 17
    yield Candidate(f"every number is {factor:.{digits}g} times the right one", times)


def _factor(own: Tensor, numbers: Tensor, half_units: Tensor) -> Tensor:
    """The factor from `own` to numbers: by least squares, or in the middle of those that 16-bit rounding allows."""
    if not bool(half_units.any()):
        return (own * numbers).sum() / (own * own).sum()
    large = own.abs() >= LARGE * own.abs().max()
    ends = torch.stack([(numbers - half_units)[large], (numbers + half_units)[large]]) / own[large]
    return (ends.amin(0).max() + ends.amax(0).min()) / 2
