"""The pytest side of reporting: records out of workers, the verdict after the summary."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.reporting.record import PROPERTY, Ledger, Record
from tests.reporting.terminal import lines
from tests.reporting.verdict import Verdict
from tests.reporting.words import versions

LEDGER = pytest.StashKey[Ledger]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEDGER] = Ledger()
    folder = Path(config.getoption("verdict_json") or ".").absolute().parent
    if not folder.is_dir():
        raise pytest.UsageError(f"--verdict-json: there is no folder {folder}")
    if not hasattr(config, "workerinput"):
        verdict = Verdict(config.getoption("subject"), versions())
        config.pluginmanager.register(Gatherer(verdict), "ig-conformance-verdict")


def pytest_report_header(config: pytest.Config) -> list[str]:
    installed = ", ".join(f"{name} {number}" for name, number in versions().items())
    profile = settings.get_current_profile_name()
    return [
        f"ig-conformance: subject {config.getoption('subject')} on {config.getoption('device')}, profile {profile}, "
        f"{os.environ['OMP_NUM_THREADS']} torch thread(s) per worker",
        f"versions: {installed}",
    ]


@pytest.fixture(scope="session")
def ledger(pytestconfig: pytest.Config) -> Ledger:
    """Where a test opens its record."""
    return pytestconfig.stash[LEDGER]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    ledger = item.config.stash[LEDGER]
    ledger.close()
    try:
        return (yield)
    finally:
        record = ledger.close()
        if record is not None:
            record.place = item.session.items.index(item)
            item.user_properties.append((PROPERTY, record.dumped()))


class Gatherer:
    """Runs where reports arrive: in the one process, or in xdist's controller."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when != "call":
            return
        records = [Record.loaded(str(value)) for name, value in report.user_properties if name == PROPERTY]
        self.verdict.records.extend(records)
        if report.failed and any(not record.explains_failure for record in records):
            self.verdict.broken.append(report.nodeid)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        self.verdict.records.sort(key=lambda record: record.place)
        if any(record.kind == "law" for record in self.verdict.records):
            terminalreporter.section(f"verdict: {self.verdict.subject}")
            for line in lines(self.verdict):
                terminalreporter.write_line(line)
        path = config.getoption("verdict_json")
        if path:
            Path(path).write_text(json.dumps(self.verdict.as_json(), indent=2) + "\n", encoding="utf-8")
