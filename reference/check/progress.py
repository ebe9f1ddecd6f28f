"""One line on the terminal for anything that takes longer than five seconds. A log gets none."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 5.0
"""The time before the line is shown."""

EVERY = 1.0
"""The time between two writings of the line."""


class Progress:
    """Counts evaluations of the model, and shows the count on stderr, if stderr is a terminal."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.next = self.started + SECONDS
        self.evaluations = 0
        self.doing = ""
        self.shown = 0

    def count(self, rows: int) -> None:
        """So many rows were evaluated."""
        self.evaluations += rows
        now = time.monotonic()
        if now > self.next and sys.stderr.isatty():
            self.next = now + EVERY
            self._write(f"{self.doing}, {self.evaluations:,} evaluations, {now - self.started:.0f} s")

    def clear(self) -> None:
        """Leave the terminal as it was before the line."""
        if self.shown:
            self._write("")
            print("\r", end="", file=sys.stderr, flush=True)

    def _write(self, line: str) -> None:
        print(f"\r{line:<{self.shown}}", end="", file=sys.stderr, flush=True)
        self.shown = len(line)


_current: list[Progress] = []


def counted(rows: int) -> None:
    """Tell the running check, if there is one, that so many rows were evaluated."""
    if _current:
        _current[-1].count(rows)


def doing(what: str) -> None:
    """Tell the running check what it does now."""
    if _current:
        _current[-1].doing = what


@contextmanager
def progress() -> Iterator[Progress]:
    """Inside, evaluations are counted; a check inside a check counts for itself."""
    _current.append(Progress())
    try:
        yield _current[-1]
    finally:
        _current.pop().clear()
