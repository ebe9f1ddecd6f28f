"""The search for a planted fault: its law, on as many problems as a run has."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median_low

import torch
from hypothesis import HealthCheck, Phase, find, given, seed, settings
from hypothesis.errors import Flaky

from reference.laws import LAWS, Law
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import DOMAINS, problems_for
from tests.plugin.amounts import FULL, problems_in_all
from tests.power.faults.fault import Fault
from tests.subjects.textbook import Textbook

SEARCHES = 9
"""Searches with other seeds, of which the median is taken."""

KEPT = Path(__file__).with_name("detection.json")
"""For each fault: how many problems each of the searches took, None if it ended without a violation."""


def problems_of(law: Law) -> int:
    """How many problems the law gets in a run of the profile `pr`, all methods together."""
    return problems_in_all(law, FULL)


@dataclass(frozen=True)
class Detection:
    """The first violation, the number of problems until then, and the CPU time until then in seconds."""

    violation: Violation
    problems: int
    seconds: float


class Found(Exception):
    """The law has seen the fault: the search can end."""


def search(fault: Fault, seed_of_search: int | None = None) -> Detection | None:
    """The first violation of the fault's law on textbook with the fault in it, if the law sees it.

    The explicit examples of the law's domain come first, as in a run. Without a seed all problems are the same each
    time.
    """
    law, subject = LAWS[fault.law], Textbook()
    tried: list[Problem] = []
    detections: list[Detection] = []
    start = time.process_time()

    @settings(
        max_examples=problems_of(law),
        derandomize=seed_of_search is None,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(problem=problems_for(law))
    def look(problem: Problem) -> None:
        attempt(problem)

    def attempt(problem: Problem) -> None:
        tried.append(problem)
        try:
            law(problem, subject)
        except law.violation as violation:
            # Hypothesis tries what failed a second time.
            if not detections:
                detections.append(Detection(violation, len(tried), time.process_time() - start))
            raise Found from None
        except NotApplicable:
            pass

    # A fault may draw from the global generator on purpose.
    with torch.random.fork_rng(devices=[]), fault.planted(), suppress(Found, Flaky):
        for problem in DOMAINS[law.domain].around(None):
            attempt(problem)
        (look if seed_of_search is None else seed(seed_of_search)(look))()
    return detections[0] if detections else None


def measured(faults: Iterable[Fault]) -> dict[str, list[int | None]]:
    """For each fault: the number of problems that each of the searches took, as `KEPT` holds them.

    The explicit examples are the same in every search. If the first search ends among them, so do all others.
    """
    found: dict[str, list[int | None]] = {}
    for fault in faults:
        first = search(fault, 0)
        if first and first.problems <= len(DOMAINS[LAWS[fault.law].domain].around(None)):
            found[fault.name] = [first.problems] * SEARCHES
            continue
        searches = (first, *(search(fault, number) for number in range(1, SEARCHES)))
        found[fault.name] = [one.problems if one else None for one in searches]
    return found


def kept() -> dict[str, list[int | None]]:
    """The stored numbers, none before the first measurement."""
    numbers: dict[str, list[int | None]] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    return numbers


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


def in_words(name: str) -> str:
    """After how many problems the fault is seen: the median of the stored searches, and how many of them missed it."""
    numbers = kept().get(name, [])
    found = sorted(number for number in numbers if number is not None)
    if not numbers:
        return "not measured"
    missed = len(numbers) - len(found)
    return f"{median_low(found) if found else 'never'}{f', missed by {missed} of {len(numbers)}' if missed else ''}"
