"""The line of progress: on a terminal only, in the place of dots."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from types import SimpleNamespace
from typing import Any

import pytest

from tests.plugin.progress import Progress, wanted
from tests.plugin.records import PROPERTY, Record
from tests.unit.running import CHECKOUT

LAW = "tests/properties/test_laws.py::test_primary_law_passes[rule/nodes]"


class Reporter:
    """Keeps what pytest's terminal reporter would write over the last line."""

    isatty = True

    def __init__(self) -> None:
        self.lines: list[str] = []

    def rewrite(self, line: str, **markup: bool) -> None:
        self.lines.append(line)

    def flush(self) -> None:
        pass


def reports(test: str, *, failed: bool = False) -> list[Any]:
    """The reports of one test, as pytest makes them."""
    record = Record(kind="law", law="nodes", problems=1500)
    made = []
    for when in ("setup", "call", "teardown"):
        properties = [(PROPERTY, record.dumped())] if when != "setup" else []
        made.append(
            SimpleNamespace(nodeid=test, when=when, failed=failed and when == "call", user_properties=properties)
        )
    return made


def config(**options: Any) -> Any:
    chosen = {"capture": "fd", "usepdb": False, "verbose": 0, **options}
    return SimpleNamespace(getoption=chosen.get, get_verbosity=lambda: chosen["verbose"])


def test_line_counts_tests_laws_problems_and_the_time_left() -> None:
    reporter, seconds = Reporter(), [0.0]
    shown = Progress(reporter, lambda: seconds[0])
    shown.collected([LAW, "another", "third", "fourth"])
    seconds[0] = 62.0
    for report in reports(LAW):
        shown.pytest_runtest_logreport(report)
    assert reporter.lines == ["0 of 4 tests, laws: 0, problems: 0, 1:02"]
    seconds[0] = 64.0
    for report in reports("another"):
        shown.pytest_runtest_logreport(report)
    assert reporter.lines[-1] == "1 of 4 tests, laws: 1, problems: 1,500, 1:04, about 3:12 left"


def test_failed_test_is_named_at_once() -> None:
    reporter = Reporter()
    shown = Progress(reporter)
    shown.collected([LAW])
    for report in reports(LAW, failed=True):
        shown.pytest_runtest_logreport(report)
    assert f"FAILED {LAW}\n" in reporter.lines


def test_run_without_laws_keeps_its_dots() -> None:
    reporter = Reporter()
    shown = Progress(reporter)
    shown.collected(["tests/unit/test_floors.py::test_floors"])
    for report in reports("tests/unit/test_floors.py::test_floors"):
        shown.pytest_runtest_logreport(report)
    assert reporter.lines == []


@pytest.mark.parametrize(
    ("terminal", "ci", "options"),
    [
        (False, "", {}),
        (True, "true", {}),
        (True, "", {"verbose": 1}),
        (True, "", {"capture": "no"}),
        (True, "", {"usepdb": True}),
    ],
    ids=["a log", "CI", "-v", "-s", "--pdb"],
)
def test_line_is_not_written_into(
    terminal: bool, ci: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "")
    reporter = SimpleNamespace(isatty=True)
    assert wanted(config(), reporter)
    monkeypatch.setenv("CI", ci)
    assert not wanted(config(**options), SimpleNamespace(isatty=terminal))


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What `pytest …` writes to a terminal of 110 columns."""
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 110, 0, 0))
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("CI", "PYTEST_", "NO_COLOR"))
    }
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdin=side, stdout=side, stderr=side, env={**inherited, "TERM": "xterm", **environment}
    ) as run:
        os.close(side)
        written = b""
        try:
            while part := os.read(main, 65536):
                written += part
        except OSError:  # the end, on Linux
            pass
    os.close(main)
    assert run.returncode == 0, written
    return written.decode()


@pytest.mark.night
@pytest.mark.parametrize("workers", ["0", "2"])
def test_run_on_a_terminal_shows_a_line_and_colours(workers: str) -> None:
    chosen = ("tests/properties/test_laws.py", "-n", workers, "-k", "rule/nodes", "--hypothesis-profile", "smoke")
    written = on_a_terminal(*chosen)
    assert re.search(r"\r(\d+) of \1 tests, laws: 1, problems: [1-9]\d*, 0:\d\d *\r\n", written), written
    assert "....." not in written, "a dot for each test"
    assert "\x1b[" in written
    assert "\x1b[" not in on_a_terminal(*chosen, NO_COLOR="1")
