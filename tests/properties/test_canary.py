"""Three planted faults, run through the laws they break: a run that does not see them proves nothing."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings

from reference.laws import LAWS
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import problems_for
from tests.detection.canaries import CANARIES
from tests.detection.fault import Fault
from tests.reporting.record import Ledger, Record
from tests.subjects.textbook import Textbook


@pytest.mark.parametrize("fault", CANARIES, ids=lambda fault: fault.name)
def test_planted_fault_is_seen_by_the_law_that_names_it(fault: Fault, ledger: Ledger) -> None:
    record = ledger.open(Record(kind="canary", law=fault.law, fault=fault.name, seen=False))
    law, subject = LAWS[fault.law], Textbook()
    first = ""

    @settings(derandomize=True, database=None, phases=[Phase.generate])
    @given(problem=problems_for(law))
    def sees(problem: Problem) -> None:
        nonlocal first
        if first:
            return
        try:
            law(problem, subject)
        except law.violation as violation:
            first = str(violation)
        except (Violation, NotApplicable):
            pass

    with fault.planted():
        sees()
    record.seen = bool(first)
    assert record.seen, f"{law.group}/{law.name} did not see the planted fault {fault.name!r}"
