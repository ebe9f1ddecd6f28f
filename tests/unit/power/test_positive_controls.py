"""Right subjects that are built differently fail no law: a violation here is a bug of the law.

The default run tries one problem for each law and subject, the `nightly` profile forty.
"""

from __future__ import annotations

import pytest
from hypothesis import settings

from reference.laws import LAWS
from reference.subject import capabilities
from tests.power.controls.control import Control, judged
from tests.power.controls.positive import POSITIVE

PROBLEMS = max(1, settings().max_examples // 50)


@pytest.mark.parametrize("control", POSITIVE, ids=lambda control: control.name)
def test_right_subject_fails_no_law(control: Control) -> None:
    subject = control.subject()
    laws = [law for law in LAWS.values() if law.needs and law.needs <= capabilities(subject)]
    with control.planted():
        outcomes = {law.name: judged(law, subject, PROBLEMS, f"{control.name} {law.name}") for law in laws}
    assert {name: str(outcome.violation) for name, outcome in outcomes.items() if outcome.violation} == {}


def test_there_are_twelve_right_subjects_at_least() -> None:
    assert len({control.name for control in POSITIVE}) >= 12
