"""Right subjects that are built differently fail no law: a violation here is a bug of the law.

The subjects share the laws out in the default run: each law is tried with one of them, on one problem. The `nightly`
profile tries all laws with each, on ten problems.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

from reference.laws import LAWS, Law
from reference.subject import capabilities
from tests.power.controls.control import Control, judged
from tests.power.controls.positive import POSITIVE

PROBLEMS = max(1, settings().max_examples // 200)


def laws_for(control: Control) -> list[Law]:
    """The laws that the control can be asked; by day its part of every second law that is not costly."""
    able = [law for law in LAWS.values() if law.needs and law.needs <= capabilities(control.subject())]
    if PROBLEMS > 1:
        return able
    return [law for law in able if not law.costly][POSITIVE.index(control) :: 2 * len(POSITIVE)]


@pytest.mark.parametrize("control", POSITIVE, ids=lambda control: control.name)
def test_right_subject_fails_no_law(control: Control) -> None:
    subject = control.subject()
    with control.planted():
        outcomes = {law.name: judged(law, subject, PROBLEMS, f"{control.name} {law.name}") for law in laws_for(control)}
    assert {name: str(outcome.violation) for name, outcome in outcomes.items() if outcome.violation} == {}


def test_there_are_twelve_right_subjects_at_least() -> None:
    assert len({control.name for control in POSITIVE}) >= 12
