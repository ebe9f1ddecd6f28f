"""Explicit examples of a law are run before drawn problems, and a failing one is reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reference.laws import LAWS
from reference.models.bert import FAMILY as BERT
from reference.observing import Comparison, Event, observed
from reference.problem import Call, Problem
from reference.subject import Subject
from tests.plugin.records import Ledger, Record
from tests.power.faults.all_faults import FAULTS
from tests.properties.examples import EXAMPLES
from tests.properties.test_laws import property_of
from tests.subjects import load
from tests.subjects.known_defects import Modelled
from tests.subjects.textbook import Textbook

ADDED = Problem(call=Call(method="riemann_left", n_steps=1000))
"""More steps than a strategy draws."""


class Tried:
    """Run `nodes`. Returns its problems in order, the record, and the text of the failure."""

    def __init__(self, method: str, fails: bool = False, start: str | None = None) -> None:
        self.problems: list[Problem] = []
        self.failure = ""
        ledger = Ledger()
        test = property_of(replace(LAWS["nodes"], check=self.check), BERT, method, 5, start)
        self.fails = fails
        try:
            test(subject=Modelled(load("textbook")), ledger=ledger)
        except LAWS["nodes"].violation as violation:
            self.failure = str(violation)
        record = ledger.close()
        assert record is not None
        self.record: Record = record

    def check(self, problem: Problem, subject: Subject) -> None:
        self.problems.append(problem)
        if self.fails and problem == ADDED:
            raise LAWS["nodes"].violation("wrong on the example that was added")


@pytest.fixture(autouse=True)
def _added(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One more example of `nodes`; reproducers go to an empty folder."""
    monkeypatch.setitem(EXAMPLES, "nodes", (ADDED,))
    monkeypatch.chdir(tmp_path)


def test_explicit_example_is_run_before_drawn_problems() -> None:
    tried = Tried("riemann_left")
    assert tried.problems[0] == ADDED
    assert len(tried.problems) == 1 + 5
    assert not tried.failure


def test_example_that_fails_is_reported_with_its_problem() -> None:
    tried = Tried("riemann_left", fails=True)
    assert tried.problems[0] == ADDED
    assert "wrong on the example that was added" in tried.failure
    assert f"problem   {ADDED!r}" in tried.failure
    assert tried.record.violation is not None
    assert tried.record.violation.problem == repr(ADDED)


def test_problems_of_two_seeds_differ_and_those_of_one_do_not() -> None:
    first, again, other = (Tried("riemann_left", start=start).problems[1:] for start in ("one", "one", "another"))
    assert first == again
    assert set(first) != set(other)


def test_example_is_run_only_under_its_own_method() -> None:
    assert ADDED not in Tried("riemann_right").problems


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_each_example_is_compared_by_its_law(name: str) -> None:
    """An example to which its law does not apply would be ignored silently."""
    assert LAWS[name].share == 1
    for problem in EXAMPLES[name]:
        seen: list[Event] = []
        with observed(seen.append):
            LAWS[name](problem, Textbook())
        assert any(isinstance(event, Comparison) for event in seen), problem


@pytest.mark.night
def test_failing_example_that_was_added_is_shrunk() -> None:
    """The fault is seen on every problem, so the smallest one is far smaller than the 72 rows of the example."""
    law, ledger = LAWS["input_attribution"], Ledger()
    test = property_of(law, BERT, "riemann_trapezoid", 1)
    (fault,) = (fault for fault in FAULTS if fault.name == "trapezoid over n")
    with fault.planted(), pytest.raises(law.violation):
        test(subject=Modelled(load("textbook")), ledger=ledger)
    record = ledger.close()
    assert record is not None
    assert record.violation is not None
    assert len(record.violation.problem) < len(repr(EXAMPLES[law.name][0])) / 4
