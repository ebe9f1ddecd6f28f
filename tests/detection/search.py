"""How a planted fault is looked for: the law, on as many problems as a run has, without shrinking."""

from __future__ import annotations

import torch
from hypothesis import HealthCheck, Phase, given, settings

from reference.laws import LAWS
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import problems_for
from tests.detection.fault import Fault
from tests.subjects.textbook import Textbook

PROBLEMS = 50
"""A primary law's problems for one method, in the default profile."""


def violation_seen(fault: Fault) -> Violation | None:
    """The first violation of the fault's law on textbook with the fault in it, if the law sees it."""
    law, subject = LAWS[fault.law], Textbook()
    seen: list[Violation] = []

    @settings(
        max_examples=PROBLEMS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(problem=problems_for(law))
    def search(problem: Problem) -> None:
        if not seen:
            try:
                law(problem, subject)
            except law.violation as violation:
                seen.append(violation)
            except NotApplicable:
                pass

    # A fault may draw from the global generator: that is its fault, not this test's.
    with torch.random.fork_rng(devices=[]), fault.planted():
        search()
    return seen[0] if seen else None
