"""One line on a terminal while the laws are tried: tests, laws, problems, and the time left.

The line takes the place of pytest's dots. A log and a CI system get the dots: there, a line cannot be written again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from time import monotonic
from typing import Any

import pytest

from tests.plugin.records import PROPERTY, Record
from tests.report.verdict import LAW_TESTS

EVERY = 0.5
"""Seconds between two writings of the line."""


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput") and wanted(config, reporter):
        config.pluginmanager.register(Progress(reporter), "ig-conformance-progress")


def wanted(config: pytest.Config, reporter: Any) -> bool:
    """Whether the run is shown on a terminal, one line at a time: not in CI, with -v, -s or --pdb."""
    alone = config.getoption("capture", "fd") != "no" and not config.getoption("usepdb", False)
    return bool(reporter.isatty and not os.environ.get("CI") and config.get_verbosity() <= 0 and alone)


class Progress:
    """Counts the reports of all tests, in the only process or in xdist's controller. It is idle if no law is tried."""

    def __init__(self, reporter: Any, now: Callable[[], float] = monotonic) -> None:
        self.reporter = reporter
        self.now = now
        self.started = self.written = now()
        self.tests = self.done = self.problems = 0
        self.laws: set[str] = set()

    def collected(self, tests: Sequence[str]) -> None:
        """The tests that will run, by their node ids."""
        if not self.tests and any(test.startswith(LAW_TESTS) for test in tests):
            self.tests, self.started = len(tests), self.now()
            self.reporter.showfspath = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.collected([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Called in xdist's controller, once for each worker: all of them collect the same tests."""
        self.collected(ids)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(self) -> Generator[None, tuple[str, str, Any], tuple[str, str, Any]]:
        """Count the test as usual, but print no dot."""
        category, letter, word = yield
        return (category, "", "") if self.tests else (category, letter, word)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not self.tests:
            return
        for name, value in report.user_properties if report.when == "call" else ():
            if name == PROPERTY:
                self.add(Record.loaded(str(value)))
        if report.failed:
            self.reporter.rewrite(f"FAILED {report.nodeid}\n", erase=True, red=True)
        self.done += report.when == "teardown"
        if self.now() - self.written >= EVERY or self.done == self.tests:
            self.written = self.now()
            self.reporter.rewrite(self.line(), erase=True)
            self.reporter.flush()

    def pytest_sessionfinish(self) -> None:
        """Let pytest name the outcome of a test again: its summary does."""
        self.tests = 0

    def add(self, record: Record) -> None:
        """Count the law of the record, and the problems on which it was tried."""
        if record.kind == "law":
            self.laws.add(record.law)
        self.problems += record.problems + record.shown.total()

    def line(self) -> str:
        """What is done, and the time left if the other tests take as long as those that are done."""
        passed = self.now() - self.started
        counted = f"{self.done} of {self.tests} tests, laws: {len(self.laws)}, problems: {self.problems:,}"
        if not 0 < self.done < self.tests:
            return f"{counted}, {clock(passed)}"
        return f"{counted}, {clock(passed)}, about {clock(passed * (self.tests - self.done) / self.done)} left"


def clock(seconds: float) -> str:
    """Minutes and seconds, for example 2:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
