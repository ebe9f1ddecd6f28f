"""What a subject returns has the type that the call promises, or every law says so: a run never ends by an accident."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings

from reference.laws import LAWS, Law
from reference.problem import Problem
from reference.violation import NotApplicable, Severity, Violation
from strategies.domain import problems_for
from tests.plugin.night import some
from tests.subjects.textbook import Textbook
from tests.unit.installed import skip_unless_applies

ASKED = some(law for law in LAWS.values() if law.needs and law.name != "scores_on_average")
"""Every third law, at night all; not the law about tools that sample, because this subject declares no sampling."""

RETURNED: dict[str, Any] = {
    "a NumPy array": np.zeros((2, 2, 2)),
    "a dict": {"attributions": torch.zeros(1)},
    "a tuple of three": (torch.zeros(1),) * 3,
    "an empty list": [],
    "None": None,
}

WANTS_AN_ERROR = ("cut_gradient", *(law.name for law in LAWS.values() if law.group == "errors"))


class Returning:
    """A subject that returns the same thing whatever it is called with."""

    name, device, refuses, declares, paths = "returning", "cpu", True, Textbook.declares, Textbook.paths

    def __init__(self, returned: Any) -> None:
        self.ig = self.lig = self.scores = self.nodes = self.edges = lambda *args, **kwargs: returned


def violations_of(law: Law) -> dict[str, Violation | None]:
    """By structure, the violation on the first problem to which the law applies. Another exception ends the test."""
    found: dict[str, Violation | None] = {}

    @settings(
        max_examples=8,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(problem=problems_for(law))
    def look(problem: Problem) -> None:
        if found:
            return
        for name, returned in RETURNED.items():
            try:
                law(problem, Returning(returned))
                found[name] = None
            except law.violation as violation:
                found[name] = violation
            except NotApplicable:
                pass

    look()
    return found


def test_subject_that_exits_is_a_crash() -> None:
    subject = Returning(None)
    subject.ig = lambda *args, **kwargs: sys.exit(0)
    law = LAWS["nodes"]
    with pytest.raises(law.violation, match="a valid call raised SystemExit") as found:
        law(Problem(), subject)
    assert found.value.severity == Severity.CRASH


@pytest.mark.parametrize("law", ASKED, ids=lambda law: law.name)
def test_result_of_another_structure_is_a_violation_of_its_own_severity(law: Law) -> None:
    skip_unless_applies(law)
    found = violations_of(law)
    assert set(found) == set(RETURNED)
    assert all(found.values()), found
    if law.needs & {"nodes", "edges", "paths"}:  # their result is a sequence: for three nodes, of three scores
        found.pop("a tuple of three", None)
    if law.name not in WANTS_AN_ERROR:
        severities = {name: violation.severity for name, violation in found.items() if violation}
        assert severities == dict.fromkeys(found, Severity.WRONG_SHAPE)
