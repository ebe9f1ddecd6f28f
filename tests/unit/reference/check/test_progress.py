"""The line of progress of a check: after five seconds, on a terminal only, and gone at the end."""

from __future__ import annotations

import sys
from io import StringIO
from types import SimpleNamespace

import pytest

from reference.check import progress
from reference.check.progress import counted, doing


class Terminal(StringIO):
    """A stderr that is a terminal."""

    def isatty(self) -> bool:
        return True


def written(stderr: StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a check of eight seconds writes to stderr."""
    seconds = iter((0.0, 4.0, 8.0))
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    with progress.progress():
        doing("integrating")
        counted(1200)
        counted(34)
    return stderr.getvalue()


def test_line_is_shown_after_five_seconds_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    line = "integrating, 1,234 evaluations, 8 s"
    assert written(Terminal(), monkeypatch) == f"\r{line}\r{' ' * len(line)}\r"


def test_log_gets_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    assert written(StringIO(), monkeypatch) == ""
