"""Reporting in pytest: records are sent by workers, and the verdict is printed after the summary."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.errors import Unsatisfiable

from reference.html.svg import missing
from tests.plugin import one_model
from tests.plugin.fresh import said
from tests.plugin.options import OWN
from tests.plugin.records import PROPERTY, Ledger, Record
from tests.report.declared import declared_by
from tests.report.declared import lines_of as declared
from tests.report.markdown import page
from tests.report.terminal import fitted, lines, of_versions
from tests.report.verdict import Verdict
from tests.report.words import versions

LEDGER = pytest.StashKey[Ledger]()


def _html(verdict: Verdict) -> str:
    """The verdict as HTML. Imported here, because only a report needs the template engine and planted faults."""
    from tests.report import html

    return html.page(verdict)


WRITTEN: dict[str, Callable[[Verdict], str]] = {
    "--verdict-json": lambda verdict: json.dumps(verdict.as_json(), indent=2) + "\n",
    "--verdict-md": page,
    "--report": _html,
}
"""Options that name a file, and the text that is written there."""


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEDGER] = Ledger()
    for option in filter(config.getoption, WRITTEN):
        path = Path(config.getoption(option)).absolute()
        if not path.parent.is_dir():
            raise pytest.UsageError(f"{option}: the folder {path.parent} does not exist")
        if path.is_dir():
            raise pytest.UsageError(f"{option}: {path} is a folder; name a file")
    if config.getoption("--report") and (packages := missing()):
        raise pytest.UsageError(f"--report needs {' and '.join(packages)}: pip install 'ig-conformance[report]'")
    if not hasattr(config, "workerinput"):
        own = [entry.as_dict() for entry in config.stash[OWN]]
        verdict = Verdict(config.getoption("subject"), versions(), own=own)
        config.pluginmanager.register(Gatherer(verdict), "ig-conformance-verdict")


def pytest_report_header(config: pytest.Config) -> list[str]:
    profile, family = settings.get_current_profile_name(), config.getoption("family")
    return [
        f"ig-conformance: subject {config.getoption('subject')} on {config.getoption('device')}, "
        f"{_models(config, family)}, profile {profile}, "
        f"{os.environ['OMP_NUM_THREADS']} torch thread(s) per worker{', ' if said(config) else ''}{said(config)}",
        *(line.text for line in of_versions("versions:", versions())),
    ]


def _models(config: pytest.Config, family: str) -> str:
    """What the laws are tried on."""
    if folder := config.getoption("--model"):
        return f"model {folder}"
    return "all families" if family == "all" else f"family {family}"


@pytest.fixture(scope="session")
def ledger(pytestconfig: pytest.Config) -> Ledger:
    """The ledger in which a test opens its record."""
    return pytestconfig.stash[LEDGER]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    ledger = item.config.stash[LEDGER]
    ledger.close()
    try:
        return (yield)
    except Unsatisfiable:
        # The law has few problems. All of them were tried: it failed as predicted, or did not apply.
        tried = ledger.current
        if tried is None or tried.problems or not (tried.shown or tried.not_applicable):
            raise
        if not tried.shown:
            pytest.skip(f"no problem could be tried: {', '.join(tried.not_applicable)}")
        return None
    except BaseException as error:
        for failure in failures(error):
            if reproducer := getattr(failure, "reproducer", None):
                reproducer.write()
        raise
    finally:
        record = ledger.close()
        if record is not None:
            record.collection_order = item.session.items.index(item)
            item.user_properties.append((PROPERTY, record.dumped()))


def failures(error: BaseException) -> Iterator[BaseException]:
    """The exceptions of a test: Hypothesis raises a group if it found several failures."""
    for one in getattr(error, "exceptions", ()):
        yield from failures(one)
    yield error


class Gatherer:
    """Collects the reports of all tests, in the only process or in xdist's controller."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        records = []
        if report.when == "call":
            records = [Record.loaded(str(value)) for name, value in report.user_properties if name == PROPERTY]
        self.verdict.records.extend(records)
        if report.failed and not any(record.explains_failure for record in records):
            self.verdict.failed(report.nodeid)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """Called by xdist for the test of a worker that died; that test is not run again."""
        self.verdict.failed(crashitem, died=True)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Note a run that ended early: its verdict is inconclusive."""
        if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
            self.verdict.ended = "the run was interrupted"
        elif stopped := session.shouldfail or session.shouldstop:
            self.verdict.ended = f"the run ended early: {stopped}"
        if exitstatus == pytest.ExitCode.OK and (self.verdict.own_fixed or self.verdict.says_nothing):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        self.verdict.records.sort(key=lambda record: record.collection_order)
        self.verdict.fresh = said(config)
        self.verdict.date = datetime.now(timezone.utc).date().isoformat()
        self.verdict.declares = declared_by(self.verdict)
        if any(record.kind == "law" for record in self.verdict.records):
            terminalreporter.section(f"verdict: {self.verdict.subject}")
            others = (line for text in (*one_model.lines(), *declared(self.verdict)) for line in fitted(text))
            for line in (*lines(self.verdict, details=config.get_verbosity() > 0), *others):
                terminalreporter.write_line(line.text, **({line.colour: True} if line.colour else {}))
        for option in filter(config.getoption, WRITTEN):
            Path(config.getoption(option)).write_text(WRITTEN[option](self.verdict), encoding="utf-8")
