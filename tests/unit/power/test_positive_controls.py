"""Right subjects that are built differently fail no law: a violation here is a bug of the law.

The default run tries each subject on a tenth of the laws, with one problem. The `nightly` profile tries all laws, with
ten problems.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

from reference.laws import LAWS, Law
from reference.subject import capabilities
from tests.power.controls.control import Control, judged
from tests.power.controls.positive import POSITIVE

PROBLEMS = max(1, settings().max_examples // 200)

TENTHS = 10
"""Ten subjects in a row share the laws out among them, so that each law is tried with one of them at least."""


def laws_for(control: Control) -> list[Law]:
    """The laws that the control can be asked; in the default run a tenth of those that are not costly."""
    able = [law for law in LAWS.values() if law.needs and law.needs <= capabilities(control.subject())]
    if PROBLEMS > 1:
        return able
    return [law for law in able if not law.costly][POSITIVE.index(control) % TENTHS :: TENTHS]


@pytest.mark.parametrize("control", POSITIVE, ids=lambda control: control.name)
def test_right_subject_fails_no_law(control: Control) -> None:
    subject = control.subject()
    with control.planted():
        outcomes = {law.name: judged(law, subject, PROBLEMS, f"{control.name} {law.name}") for law in laws_for(control)}
    assert {name: str(outcome.violation) for name, outcome in outcomes.items() if outcome.violation} == {}


def test_there_are_twelve_right_subjects_at_least() -> None:
    assert len({control.name for control in POSITIVE}) >= 12
