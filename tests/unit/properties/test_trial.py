"""A law with a known defect is tried: it must fail as the entry predicts, and the run fails otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.laws import LAWS
from reference.observing import Returned, tell
from reference.problem import Call, Problem
from reference.subject import Subject
from reference.violation import Severity, Violation
from tests.properties.trial import WrongPrediction, record_of, try_law
from tests.subjects.known_defect import KnownDefect
from tests.subjects.known_defects import Modelled
from tests.subjects.textbook import Textbook

ONE, TWO = (Problem(call=Call(n_steps=n_steps)) for n_steps in (1, 2))

CRASH = KnownDefect(
    id="one-step",
    distribution="torch",
    versions=">=0",
    law="nodes",
    effect="one step fails",
    severity=Severity.CRASH,
    upstream="unreported",
    witness=ONE,
    affects=lambda problem: problem.call.n_steps == 1,
)

NODES = LAWS["nodes"]


def failing_with(*severities: Severity) -> Callable[[Problem, Subject], None]:
    """A law that fails with these severities, one after the other, and then again; None is a pass."""
    calls: list[None] = []

    def check(problem: Problem, subject: Subject) -> None:
        """A statement."""
        calls.append(None)
        tell(Returned("a call"))
        if severities:
            raise NODES.violation("it is off", severities[(len(calls) - 1) % len(severities)])

    return check


class Tried:
    """`problem` tried by a law that fails with these severities, on a subject with these known defects."""

    def __init__(self, problem: Problem, *severities: Severity, defects: Any = (CRASH,)) -> None:
        subject = Modelled(Textbook())
        subject.defects = list(defects)
        law = replace(NODES, check=failing_with(*severities))
        self.record = record_of(law)
        self.raised: Exception | None = None
        self.passed: bool | None = None
        try:
            self.passed = try_law(law, problem, replace_origin(subject), self.record)
        except (Violation, WrongPrediction) as error:
            self.raised = error


def replace_origin(subject: Modelled) -> Modelled:
    subject.unmodelled.origin = "textbook"
    return subject


def test_predicted_failure_is_counted_and_is_no_pass() -> None:
    tried = Tried(ONE, Severity.CRASH)
    assert tried.raised is None
    assert tried.passed is False
    assert dict(tried.record.shown) == {"one-step": 1}
    assert tried.record.problems == 0
    assert tried.record.violation is None


def test_pass_where_a_failure_is_predicted_fails_the_run() -> None:
    tried = Tried(ONE)
    assert isinstance(tried.raised, WrongPrediction)
    assert "known defect one-step predicts 'crash on a valid call' from rule/nodes, which passes" in str(tried.raised)
    assert repr(ONE) in str(tried.raised)
    assert tried.record.explains_failure


def test_law_that_does_not_call_the_subject_contradicts_no_entry() -> None:
    record = record_of(NODES)
    subject = Modelled(Textbook())
    subject.defects = [CRASH]
    assert try_law(replace(NODES, check=lambda problem, subject: None), ONE, subject, record)


def test_failure_of_another_severity_is_a_violation_that_names_the_entry() -> None:
    tried = Tried(ONE, Severity.WRONG_NUMBER)
    assert isinstance(tried.raised, NODES.violation)
    assert "known defect one-step predicts another severity than 'silent wrong number'" in str(tried.raised)
    assert tried.record.wrong_prediction
    assert tried.record.violation is not None


def test_failure_outside_of_the_defect_is_a_violation() -> None:
    tried = Tried(TWO, Severity.CRASH)
    assert isinstance(tried.raised, NODES.violation)
    assert not tried.record.wrong_prediction


def test_problem_outside_of_the_defect_passes() -> None:
    tried = Tried(TWO)
    assert tried.passed is True
    assert tried.record.problems == 1


@pytest.mark.parametrize(("budgets", "wrong"), [(1.9, False), (2.1, True)])
def test_effect_within_two_budgets_may_pass(budgets: float, wrong: bool) -> None:
    tried = Tried(ONE, defects=[replace(CRASH, budgets=lambda problem, subject: budgets)])
    assert isinstance(tried.raised, WrongPrediction) == wrong
    assert dict(tried.record.unshown) == ({} if wrong else {"one-step": 1})


def test_where_several_defects_meet_one_of_their_severities_is_expected() -> None:
    other = replace(CRASH, id="other", severity=Severity.WRONG_SHAPE)
    assert dict(Tried(ONE, Severity.WRONG_SHAPE, defects=[CRASH, other]).record.shown) == {"other": 1}
    assert Tried(ONE, Severity.WRONG_NUMBER, defects=[CRASH, other]).raised is not None


def test_error_of_a_shared_defect_is_judged_by_each_law_in_its_own_way() -> None:
    """A law that allows a clear error calls an unclear error what is a crash elsewhere."""
    shared = replace(CRASH, law="weights", laws=("nodes",))
    assert Tried(ONE, Severity.UNCLEAR_ERROR, defects=[shared]).passed is False
    assert Tried(ONE, Severity.UNCLEAR_ERROR).raised is not None


@pytest.mark.parametrize(
    ("severities", "shown"),
    [
        ([Severity.CRASH], True),
        ([Severity.WRONG_NUMBER], True),
        ([Severity.UNCLEAR_ERROR], False),
    ],
)
def test_single_run_of_a_race_may_show_a_milder_severity(severities: list[Severity], shown: bool) -> None:
    race = replace(CRASH, severity=Severity.WRONG_NUMBER, race=(Severity.CRASH,))
    assert (Tried(ONE, *severities, defects=[race]).passed is False) == shown


def test_race_that_passes_every_time_is_a_wrong_prediction() -> None:
    assert isinstance(Tried(ONE, defects=[replace(CRASH, race=(Severity.UNCLEAR_ERROR,))]).raised, WrongPrediction)


def test_shrinker_draws_on_where_a_failure_is_expected() -> None:
    """The search tries as many problems outside of the defect as it was asked for, and ends quietly."""
    subject = Modelled(Textbook())
    subject.defects = [CRASH]

    def fails_at_one(problem: Problem, subject: Subject) -> None:
        tell(Returned("a call"))
        if problem.call.n_steps == 1:
            raise NODES.violation("it is off", Severity.CRASH)

    law = replace(NODES, check=fails_at_one)
    record = record_of(law)

    @settings(max_examples=20, database=None, derandomize=True)
    @given(n_steps=st.integers(1, 40))
    def search(n_steps: int) -> None:
        try_law(law, Problem(call=Call(n_steps=n_steps)), subject, record)

    search()
    assert record.shown["one-step"] > 0
    assert record.problems >= 20


@pytest.mark.parametrize("field", [{"law": "weigths"}, {"laws": ("nods",)}, {"versions": "0.2 or so"}])
def test_entry_with_an_error_is_rejected_in_one_line(field: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^known defect 'one-step': [^\n]+$"):
        replace(CRASH, **field)


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "open"),
        ({"upstream": "https://github.com/a/b/issues/1"}, "reported"),
        ({"by_design": True}, "by design"),
        ({"versions": ">=0.2,<0.8"}, "fixed in 0.8"),
    ],
)
def test_entry_has_a_state(fields: dict[str, Any], state: str) -> None:
    assert replace(CRASH, **fields).state == state
