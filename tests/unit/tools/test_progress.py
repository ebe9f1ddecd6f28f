"""The progress bar of a command: on a terminal only, after five seconds."""

from __future__ import annotations

import pytest

from tests.tools.progress import progress, say


def test_log_gets_the_lines_and_no_bar(capfd: pytest.CaptureFixture[str]) -> None:
    for thing in progress(range(3), "things"):
        say(f"line {thing}")
    assert tuple(capfd.readouterr()) == ("line 0\nline 1\nline 2\n", "")
