"""Wrong subjects pass only what is true of them, so a law that passes says something."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest

from reference.laws import LAWS, Law
from reference.subject import capabilities
from tests.plugin.profiles import nightly
from tests.power.controls.control import Control, judged
from tests.power.controls.negative import NEGATIVE, Memoriser, Selective
from tests.unit.installed import that_apply

PROBLEMS = 10 if nightly() else 5

KNOWN = 5 if nightly() else 2
"""Problems of each law that the memoriser knows."""

OF_A_RUN = 250
"""Problems of a primary law in profile pr: fifty for each method."""


def passed(laws: list[Law], subject: Any, problems: int = PROBLEMS, start: Hashable = 0) -> set[str]:
    """The laws that the subject passes, of those it can be asked."""
    outcomes = {law.name: judged(law, subject, problems, start) for law in laws if law.needs <= capabilities(subject)}
    return {name for name, outcome in outcomes.items() if outcome.passed and not outcome.violation}


@pytest.mark.parametrize("control", NEGATIVE, ids=lambda control: control.name)
def test_wrong_subject_passes_exactly_the_laws_that_are_true_of_it(control: Control) -> None:
    laws = that_apply(law for law in LAWS.values() if law.needs)
    laws = laws if nightly() else laws[NEGATIVE.index(control) :: 5]
    assert passed(laws, control.subject()) == {law.name for law in laws} & set(control.passes)


@pytest.mark.night
def test_memorised_results_pass_known_problems_and_fail_fresh_ones() -> None:
    laws = [law for law in LAWS.values() if law.group in ("value", "completeness")]
    subject = Memoriser()
    assert passed(laws, subject, KNOWN, "known") == {law.name for law in laws}
    subject.learning = False
    assert passed(laws, subject, KNOWN, "known") == {law.name for law in laws}
    by_errors = {"length_first_output", "module_called_twice"}
    assert passed(laws, subject, KNOWN, "fresh") == by_errors, "laws that the textbook passes by clear errors"


@pytest.mark.parametrize("law", ["any_input_call", "any_layer_call"])
def test_fault_of_two_options_is_seen_where_options_meet(law: str) -> None:
    alone = [LAWS[name] for name in ("chunks", "average_gradient")]
    assert passed(alone, Selective(), 5) == {law.name for law in alone}
    assert judged(LAWS[law], Selective(), OF_A_RUN, 0).violation
