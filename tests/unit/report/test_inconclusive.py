"""A run that proves nothing is inconclusive; a failed test of the suite itself is not that."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reference.violation import Severity
from tests.plugin.records import Record
from tests.plugin.reporting import Gatherer
from tests.report.verdict import Verdict
from tests.unit.report.by_hand import SEEN, printed, record, verdict, violation


def test_run_whose_laws_all_say_nothing_is_inconclusive() -> None:
    made = verdict(record("one", informative=9), record("two", problems=0), *SEEN)
    assert made.inconclusive == "no law was tried on enough informative problems: 1 not applicable, 1 not informative"
    assert printed(made)[0] == f"verdict   inconclusive: {made.inconclusive}"
    assert not verdict(record("one", informative=9), record("two"), *SEEN).inconclusive


@pytest.mark.parametrize(("informative", "status"), [(0, pytest.ExitCode.TESTS_FAILED), (50, pytest.ExitCode.OK)])
def test_run_that_says_nothing_ends_with_a_failure(informative: int, status: int) -> None:
    session: Any = SimpleNamespace(shouldfail=False, shouldstop=False, exitstatus=pytest.ExitCode.OK)
    made = verdict(record("one", informative=informative), *SEEN)
    Gatherer(made).pytest_sessionfinish(session, pytest.ExitCode.OK)
    assert session.exitstatus == status


@pytest.mark.parametrize(
    ("canaries", "why"),
    [
        ([], "the canary was not run"),
        (SEEN[:2], "only 2 of 3 faults seen"),
        ([*SEEN[:2], Record(kind="canary", law="nodes", fault="c", seen=False)], "only 2 of 3 faults seen"),
    ],
    ids=["no canary", "two canaries", "an unseen fault"],
)
def test_run_that_misses_a_planted_fault_is_inconclusive(canaries: list[Record], why: str) -> None:
    made = verdict(record("one"), *canaries)
    assert made.inconclusive.startswith(why)
    assert printed(made)[0].startswith(f"verdict   inconclusive: {why}")
    assert made.as_json()["inconclusive"] == made.inconclusive


def failed(test: str, *records: Record) -> Verdict:
    """The verdict of a run in which that test failed without a violation."""
    made = verdict(*records)
    report = SimpleNamespace(when="call", failed=True, nodeid=test, user_properties=[])
    Gatherer(made).pytest_runtest_logreport(report)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    "test",
    ["tests/properties/test_laws.py::test_primary_law_passes[rule/nodes]", "their_tests/test_ig.py::test_law"],
    ids=["a law of this checkout", "a law in somebody's own tests"],
)
def test_law_test_that_fails_without_a_violation_is_inconclusive(test: str) -> None:
    assert failed(test, record("one"), *SEEN).inconclusive == "1 test failed without naming a violation"


def test_inconclusive_verdict_counts_the_violations_that_were_found() -> None:
    made = verdict(record("one", violation=violation(Severity.CRASH)), record("two"), *SEEN[:2])
    assert printed(made)[0].endswith("; mine fails 1 of 2 laws")


@pytest.mark.parametrize(
    "test", ["tests/unit/tools/test_tables.py::test_tables", "tests/upstream/test_1132.py::test_answer"]
)
def test_failed_suite_test_is_counted_in_the_last_line(test: str) -> None:
    made = failed(test, record("one"), *SEEN)
    assert not made.inconclusive
    assert made.as_json()["elsewhere"] == [test]
    assert printed(made)[0] == "verdict   mine passes 1 of 1 laws; 1 test of the suite itself failed"


def test_worker_dying_in_a_suite_test_leaves_the_verdict() -> None:
    test, made = "tests/unit/tools/test_tables.py::test_tables", failed("tests/unit/a.py::test", record("one"), *SEEN)
    Gatherer(made).pytest_handlecrashitem(test)
    assert not made.inconclusive
    assert made.summary == "mine passes 1 of 1 laws; 2 tests of the suite itself failed"


@pytest.mark.parametrize(
    ("status", "stopped", "why"),
    [
        (pytest.ExitCode.INTERRUPTED, False, "the run was interrupted"),
        (pytest.ExitCode.INTERNAL_ERROR, False, "the run was interrupted"),
        (pytest.ExitCode.TESTS_FAILED, "stopping after 1 failures", "the run ended early: stopping after 1 failures"),
        (pytest.ExitCode.OK, False, ""),
        (pytest.ExitCode.TESTS_FAILED, False, ""),
    ],
    ids=["interrupted", "internal error", "ended by -x", "passed", "failed"],
)
def test_run_that_ended_early_is_inconclusive(status: int, stopped: object, why: str) -> None:
    made = verdict(record("one"), *SEEN)
    Gatherer(made).pytest_sessionfinish(SimpleNamespace(shouldfail=stopped, shouldstop=False), status)  # type: ignore[arg-type]
    assert made.inconclusive == why
