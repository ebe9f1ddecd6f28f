"""Mistakes of the factor: what the averaged gradient is multiplied by."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from reference.check.mistakes.mistake import Candidate, Given, hypothesis
from reference.check.sides import Side


@hypothesis("x for Δ")
def input_for_difference(given: Given) -> Iterator[Candidate]:
    """Multiplied by x instead of x − x'."""

    def reading(side: Side) -> Tensor:
        return side.numbers.like(side.average.attribution.double() * side.path.x.double())

    yield Candidate("the averaged gradient is multiplied by x: multiply by x − x'", reading)


@hypothesis("missing Δ")
def missing_difference(given: Given) -> Iterator[Candidate]:
    """Not multiplied at all."""

    def reading(side: Side) -> Tensor:
        return side.numbers.like(side.average.attribution.double())

    yield Candidate("this is the averaged gradient (multiply_by_inputs=False): multiply by x − x'", reading)


@hypothesis("gradient × input")
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
