"""One law tried on one problem: known defects left out, findings recorded, a violation put into words."""

from __future__ import annotations

import math

from hypothesis import currently_in_test_context, event, note, reject, target

from reference.budget import Observation, observed
from reference.laws import Law
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from tests.known_defects import Modelled
from tests.reporting.record import Breach, Record
from tests.reporting.words import counterexample


def try_law(law: Law, problem: Problem, subject: Modelled, record: Record) -> None:
    """The law on the problem; what it compared goes into the record and to Hypothesis.

    Raises   the law's Violation, its text extended by what a bug report needs
    """
    __tracebackhide__ = True
    for defect in subject.defects:
        if defect.excludes(law.name, problem):
            record.excluded[defect.id] += 1
            event(f"known defect: {defect.id}")
            reject()
    seen: list[Observation] = []
    try:
        with observed(seen.append):
            law(problem, subject)
    except NotApplicable as reason:
        record.not_applicable[str(reason)] += 1
        event(f"not applicable: {reason}")
        reject()
    except Violation as violation:
        record.breach = Breach(
            problem=repr(problem),
            message=str(violation),
            severity=int(violation.severity),
            words=violation.severity.words,
            violation=type(violation).__name__,
        )
        violation.args = (counterexample(law, problem, subject.name, str(violation)),)
        raise
    finally:
        _show(seen)
    record.problems += 1
    record.worst = max([record.worst, *(one.used for one in seen)])
    for one in seen:
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


def _show(seen: list[Observation]) -> None:
    """Each comparison as a note; the worst share of a budget is what the search climbs."""
    if not (seen and currently_in_test_context()):
        return
    for one in seen:
        note(f"{one.what}: {one.used:.3g} of the budget")
    worst = max(one.used for one in seen)
    if math.isfinite(worst):
        target(worst, label="share of the budget used")
