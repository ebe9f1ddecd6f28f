"""What a law tells while it runs: its comparisons, the calls that returned, and the errors that it accepted.

tests/plugin listens and fills the verdict, so this floor imports neither pytest nor Hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Comparison:
    """One comparison: what was compared, and the share of the budget used.

    `sharpness` is, example by example, budget / largest number compared: infinite if that number is 0. An example says
    something if its sharpness is less than `share`.
    """

    what: str
    used: float
    sharpness: tuple[float, ...] = ()
    share: float = 0.0

    @property
    def informative(self) -> tuple[bool, ...]:
        """Of each example, whether an error of a size that matters would have been seen."""
        return tuple(sharpness < self.share for sharpness in self.sharpness)


@dataclass(frozen=True)
class Returned:
    """A call returned a result."""

    what: str


@dataclass(frozen=True)
class AcceptedError:
    """A call raised an error that the law allows."""

    what: str
    error: str


Event = Comparison | Returned | AcceptedError

_observers: list[Callable[[Event], None]] = []


@contextmanager
def observed(observer: Callable[[Event], None]) -> Iterator[None]:
    """Every event inside is also told to `observer`."""
    _observers.append(observer)
    try:
        yield
    finally:
        _observers.remove(observer)


def tell(event: Event) -> None:
    """Tell every observer. A call may come from any thread."""
    for observer in tuple(_observers):
        observer(event)
