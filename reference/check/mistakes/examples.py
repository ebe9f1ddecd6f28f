"""Mistakes of the batch, and randomness."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import hypothesis
from reference.check.sides import Side


@hypothesis("examples shifted", cheap=True)
def examples_shifted(given: Given) -> Iterator[Candidate]:
    """The right numbers, in another order of the examples."""
    examples = given.call.examples
    if examples < 2:
        return
    apart = (given.numbers.flat.unsqueeze(1) - given.right.number.unsqueeze(0)).abs().amax(2)
    order = apart.argmin(1).tolist()
    if sorted(order) == list(range(examples)) and order != list(range(examples)):
        yield Candidate(f"the examples are in the order {order}", lambda side: side.scores[order])


@hypothesis("dropout active", needs=("again",))
def dropout_active(given: Given) -> Iterator[Candidate]:
    """Two calls of the implementation give different numbers."""
    assert given.again is not None
    again = given.again()
    budget = given.right.budget(given.dtype).unsqueeze(1)
    if again.shape == given.numbers.flat.shape and bool(((again - given.numbers.flat).abs() > budget).any()):
        numbers = given.numbers.flat

        def reading(side: Side) -> Tensor:
            return numbers

        yield Candidate("two calls give different numbers: call model.eval() first, and look for randomness", reading)
