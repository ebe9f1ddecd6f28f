"""The search for a planted fault: its law, on as many problems as a run has."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch
from hypothesis import HealthCheck, Phase, find, given, settings

from reference.laws import LAWS
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import DOMAINS, problems_for
from tests.power.faults.fault import Fault
from tests.subjects.textbook import Textbook

PROBLEMS = 50
"""A primary law's problems for one method, in the default profile."""


@dataclass(frozen=True)
class Detection:
    """The first violation, the number of problems until then, and the CPU time until then in seconds."""

    violation: Violation
    problems: int
    seconds: float


def search(fault: Fault) -> Detection | None:
    """The first violation of the fault's law on textbook with the fault in it, if the law sees it.

    The explicit examples of the law's domain come first, as in a run.
    """
    law, subject = LAWS[fault.law], Textbook()
    tried: list[Problem] = []
    detections: list[Detection] = []
    start = time.process_time()

    @settings(
        max_examples=PROBLEMS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(problem=problems_for(law))
    def look(problem: Problem) -> None:
        attempt(problem)

    def attempt(problem: Problem) -> None:
        if detections:
            return
        tried.append(problem)
        try:
            law(problem, subject)
        except law.violation as violation:
            detections.append(Detection(violation, len(tried), time.process_time() - start))
        except NotApplicable:
            pass

    # A fault may draw from the global generator on purpose.
    with torch.random.fork_rng(devices=[]), fault.planted():
        for problem in DOMAINS[law.domain].around(None):
            attempt(problem)
        look()
    return detections[0] if detections else None


def smallest(fault: Fault) -> Problem:
    """The smallest problem that shows the fault to its law: its witness.

    Raises   hypothesis.errors.NoSuchExample
    """
    law, subject = LAWS[fault.law], Textbook()

    def shows(problem: Problem) -> bool:
        try:
            law(problem, subject)
        except law.violation:
            return True
        except NotApplicable:
            pass
        return False

    looking = settings(max_examples=500, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    with torch.random.fork_rng(devices=[]), fault.planted():
        for problem, like in DOMAINS[law.domain].around(None).items():
            if shows(problem):
                return find(like, shows, settings=looking)
        return find(problems_for(law), shows, settings=looking)
