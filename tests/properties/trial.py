"""One law tried on one problem: exclude known defects, record the result, describe a violation."""

from __future__ import annotations

import math
from typing import NoReturn

import pytest
from hypothesis import Phase, currently_in_test_context, event, note, reject, settings, target

from reference.laws import Law
from reference.observing import Comparison, Event, observed
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from tests.plugin.records import Record, RecordedViolation
from tests.report.reproducer import reproducer_for
from tests.report.words import counterexample
from tests.subjects.known_defects import Modelled

NEVER = 100
"""Skip a law after 100 examples to which it does not apply, if it applied to none."""


def try_law(law: Law, problem: Problem, subject: Modelled, record: Record) -> None:
    """Try the law on the problem. Its comparisons go into the record and to Hypothesis.

    Raises   the law's Violation, with the text of a bug report; its `reproducer` is not written yet
    """
    __tracebackhide__ = True
    for defect in subject.known(law.name):
        if defect.excludes(law.name, problem):
            record.excluded[defect.id] += 1
            _skip_if_none_was_tried(record)
            _reject(f"known defect: {defect.id}")
    seen: list[Event] = []
    try:
        with observed(seen.append):
            law(problem, subject)
    except NotApplicable as reason:
        record.not_applicable[str(reason)] += 1
        _skip_if_none_was_tried(record)
        _reject(f"not applicable: {reason}")
    except Violation as violation:
        found = str(violation)
        reproducer = reproducer_for(law, problem, subject, found)
        script = str(reproducer.path) if reproducer else None
        record.violation = RecordedViolation(
            problem=repr(problem),
            message=found,
            severity=int(violation.severity),
            words=violation.severity.words,
            name=type(violation).__name__,
            reproducer=script,
        )
        violation.args = (counterexample(law, problem, subject.origin, found, script),)
        violation.reproducer = reproducer  # type: ignore[attr-defined]
        raise
    finally:
        compared = [event for event in seen if isinstance(event, Comparison)]
        _show(compared)
    record.problems += 1
    record.worst = max([record.worst, *(one.used for one in compared)])
    for one in compared:
        record.add_sharpness(problem.call.dtype, one.sharpness)


def record_of(law: Law, method: str | None = None) -> Record:
    """An empty record for a law."""
    return Record(
        kind="law",
        law=law.name,
        group=law.group,
        statement=law.statement,
        implied_by=law.implied_by,
        method=method,
    )


def _skip_if_none_was_tried(record: Record) -> None:
    """Skip the test if NEVER problems were left out and none was tried."""
    if not record.problems and record.left_out.total() == NEVER:
        pytest.skip(f"none of {NEVER} problems could be tried: {', '.join(record.left_out)}")


def _reject(reason: str) -> NoReturn:
    """Reject the example inside a Hypothesis test; otherwise skip the test."""
    if not currently_in_test_context():
        pytest.skip(reason)
    event(reason)
    reject()


def _show(seen: list[Comparison]) -> None:
    """Note each comparison. Targeted search maximizes the largest share of a budget."""
    if not (seen and currently_in_test_context()):
        return
    for one in seen:
        note(f"{one.what}: {one.used:.3g} of the budget")
    worst = max(one.used for one in seen)
    if Phase.target in settings().phases and math.isfinite(worst):
        target(worst, label="share of the budget used")
