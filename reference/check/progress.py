"""A line on stderr for anything that takes longer than five seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 5.0
"""The time before the first line, and between two lines."""


class Progress:
    """Counts evaluations of the model, and says so every few seconds."""

    def __init__(self) -> None:
        self.started = self.said = time.monotonic()
        self.evaluations = 0
        self.doing = ""

    def count(self, rows: int) -> None:
        """So many rows were evaluated."""
        self.evaluations += rows
        now = time.monotonic()
        if now - self.said > SECONDS:
            self.said = now
            passed = now - self.started
            print(f"ig-conformance: {self.doing}, {self.evaluations} evaluations, {passed:.0f} s", file=sys.stderr)


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
        _current.pop()
