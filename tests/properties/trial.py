"""One law tried on one problem: compare with known defects, record the result, describe a violation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NoReturn

import pytest
from hypothesis import Phase, currently_in_test_context, event, note, reject, settings, target

from reference.laws import Law
from reference.models.tiny_text import TinyText
from reference.observing import Comparison, Event, observed
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import DOMAINS
from tests.plugin.amounts import problems_of
from tests.plugin.records import Record, RecordedViolation
from tests.report.reproducer import reproducer_for
from tests.report.words import counterexample
from tests.subjects.known_defect import KnownDefect, failing
from tests.subjects.known_defects import Modelled
from tests.subjects.own_list import Own

Entry = KnownDefect | Own

ENOUGH = {"smoke": 3}
"""Informative problems without which a law does not pass, by profile; elsewhere 10."""

NEVER = 100
"""Skip a law after 100 examples to which it does not apply, if it applied to none."""

REDRAWN = 100
"""At most this number of expected failures is replaced by other draws, so that a law fails on all problems in time."""


class WrongPrediction(AssertionError):
    """A known defect predicts that a law fails, and it passes; or that it fails in another way."""


def try_law(law: Law, problem: Problem, subject: Modelled, record: Record) -> bool:
    """Try the law on the problem. Return whether it passes; False is a failure as a known defect predicts it.

    Its comparisons go into the record and to Hypothesis. An expected failure ends a generated example: Hypothesis
    draws another one.

    Raises   the law's Violation, with the text of a bug report; its `reproducer` is not written yet. WrongPrediction
    """
    __tracebackhide__ = True
    predicting = subject.predicting(law.name, problem)
    seen: list[Event] = []
    expected = False
    try:
        with observed(seen.append):
            law(problem, subject)
    except NotApplicable as reason:
        record.not_applicable[str(reason)] += 1
        _skip_if_none_was_tried(record)
        _reject(f"not applicable: {reason}")
    except Violation as violation:
        known = [entry.id for entry in predicting if entry.explains(law.name, violation)]
        expected = bool(known)
        if expected:
            record.shown[known[0]] += 1
            return _end_expected(law, record, known[0])
        _describe(law, problem, subject, violation, record, [entry.id for entry in predicting])
        raise
    finally:
        if not expected:
            _show([event for event in seen if isinstance(event, Comparison)])
            record.near(problem.call.dtype, problem, seen)
    # A law that did not call the subject says nothing about a known defect.
    _check_pass(law, problem, subject, record, predicting if seen else ())
    record.passed(problem.call.dtype, seen)
    record.families.update(_family(problem, subject))
    return True


def _family(problem: Problem, subject: Modelled) -> list[str]:
    """The name of the model's family, if it is of one; of a model for texts, the subject declares the families."""
    if isinstance(problem.model, TinyText):
        return [problem.model.chosen(subject.declares.families, problem.data.seconds is not None).name]
    family = getattr(problem.model, "family", None)
    return [family.name] if family else []


def _describe(
    law: Law, problem: Problem, subject: Modelled, violation: Violation, record: Record, predicting: list[str]
) -> None:
    """Record the violation, and write the text of a bug report into it."""
    found = str(violation)
    record.wrong_prediction = ""
    if predicting:
        wrong = f"known defect {' and '.join(predicting)} predicts another severity than {violation.severity.words!r}"
        record.wrong_prediction = f"{wrong}: narrow the entry, or split it"
        found += f" ({wrong})"
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


def _check_pass(law: Law, problem: Problem, subject: Modelled, record: Record, predicting: Sequence[Entry]) -> None:
    """A law that passes has no known defect whose effect on this problem must show.

    Raises   WrongPrediction
    """
    __tracebackhide__ = True
    for entry in predicting:
        if not entry.must_show(problem, subject):
            record.unshown[entry.id] += 1
        elif not (isinstance(entry, KnownDefect) and entry.race and failing(law, problem, subject, entry)):
            record.wrong_prediction = (
                f"known defect {entry.id} predicts {entry.severity.words!r} from {law.group}/{law.name}, "
                f"which passes: delete or narrow the entry"
            )
            raise WrongPrediction(f"{record.wrong_prediction}\n  problem   {problem!r}")


def _end_expected(law: Law, record: Record, defect: str) -> bool:
    """False, or another draw inside a Hypothesis test."""
    if currently_in_test_context():
        event(f"known defect: {defect}")
        if record.shown.total() <= min(REDRAWN, problems_of(law)):
            reject()
    return False


def record_of(law: Law, method: str | None = None) -> Record:
    """An empty record for a law."""
    return Record(
        kind="law",
        law=law.name,
        group=law.group,
        statement=law.statement,
        implied_by=law.implied_by,
        method=method,
        enough=1 if DOMAINS[law.domain].few else ENOUGH.get(settings.get_current_profile_name(), 10),
    )


def _skip_if_none_was_tried(record: Record) -> None:
    """Skip the test if the law did not apply to NEVER problems, and to no other one."""
    if not (record.problems or record.shown) and record.not_applicable.total() == NEVER:
        pytest.skip(f"none of {NEVER} problems could be tried: {', '.join(record.not_applicable)}")


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
