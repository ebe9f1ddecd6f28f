"""The laws that try a mutant, on problems drawn once: the first problem of every law, then the second of every law."""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import cycle
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from reference.laws import GROUPS, Law, laws_of
from reference.models.variants import CALLS, STRUCTURES
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import problems_for
from tests.power.mutation.campaign import SOURCES
from tests.power.mutation.operators import Mutant
from tests.power.mutation.server import forget
from tests.subjects import adapter_of, load
from tests.subjects.known_defects import Modelled, entries_of

Trial = tuple[Law, Problem]

OF_DOMAIN = {"structures": STRUCTURES, "calls": CALLS}
"""Domains that need several variants of a model."""


class Laws:
    """Tries a mutant of a subject: every law that calls the subject, each on `problems` problems."""

    def __init__(self, subject: str, problems: int) -> None:
        self.subject, self.trials = subject, trials(subject, problems)
        ready(subject, self.trials)

    def __str__(self) -> str:
        return f"{len(self.trials)} problems of {len({law.name for law, _ in self.trials})} laws"

    def healthy(self, files: Iterable[str]) -> dict[str, Any]:
        return healthy(self.subject, self.trials, files)

    def first_kill(self, mutant: Mutant) -> dict[str, Any] | None:
        return first_kill(self.subject, self.trials)


def trials(subject: str, problems: int) -> list[Trial]:
    """Each law that calls the subject, with `problems` problems, except those that known defects affect.

    Primary laws come first, groups in the order of the verdict: rule and value first.
    """
    defects = [defect for defect in entries_of(subject) if defect.present()]
    laws = [law for group in GROUPS for law in laws_of(group) if law.share == 1 and law.needs & {"ig", "lig"}]
    found = []
    for order, law in enumerate(laws):
        drawn = [problem for problem in _drawn(law, problems) if not _affected(defects, law, problem)]
        found += [(not law.primary, turn, order, law, problem) for turn, problem in enumerate(drawn)]
    return [(law, problem) for *_, law, problem in sorted(found, key=lambda one: one[:3])]


def first_kill(subject: str, tried: Iterable[Trial]) -> dict[str, Any] | None:
    """The first law that the subject fails, how, and the problem; None if it survives."""
    judged = Modelled(load(subject))
    for number, (law, problem) in enumerate(tried, start=1):
        try:
            law(problem, judged)
        except NotApplicable:
            pass
        except Exception as error:  # a mutant may raise anything; some laws let it through
            how = str(error) if isinstance(error, Violation) else f"{type(error).__name__}: {error}"
            return {"law": law.name, "how": how, "problem": repr(problem), "tried": number}
    return None


def healthy(subject: str, tried: Iterable[Trial], files: Iterable[str]) -> dict[str, Any]:
    """Like `first_kill`, with the lines in `files` that ran, and the CPU seconds."""
    ran: dict[str, set[int]] = {file: set() for file in files}

    def line(frame: FrameType, event: str, value: Any) -> Any:
        if event == "line":
            ran[frame.f_code.co_filename].add(frame.f_lineno)
        return line

    def call(frame: FrameType, event: str, value: Any) -> Any:
        return line if frame.f_code.co_filename in ran and frame.f_code.co_name != "<module>" else None

    start = time.process_time()
    threading.settrace(call)
    sys.settrace(call)
    kill = first_kill(subject, tried)
    sys.settrace(None)
    return {
        "kill": kill,
        "ran": {file: sorted(lines) for file, lines in ran.items()},
        "seconds": time.process_time() - start,
    }


def ready(subject: str, tried: Iterable[Trial]) -> None:
    """Import everything that the subject and the models import. A child then imports only the subject."""
    adapter, changed = adapter_of(subject), SOURCES[subject][0].partition("/")[0]
    importlib.import_module(adapter)
    forget(adapter)
    # A subject of this checkout is mutated in its own folder, any other in the package that its adapter imports.
    forget(adapter.rpartition(".")[0] if changed == "tests" else changed)
    for model in {type(problem.model): problem for _, problem in tried if problem.model is not None}.values():
        model.build()


def _drawn(law: Law, number: int) -> list[Problem]:
    found: list[Problem] = []

    @settings(
        max_examples=number,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(problem=problems_for(law))
    def draw(problem: Problem) -> None:
        found.append(problem)

    draw()
    return list(_varied(law, found))


def _varied(law: Law, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems, with the variants of the law's domain in turn, because a few draws have only a few variants."""
    variants = cycle(OF_DOMAIN.get(law.domain, ()))
    for problem in problems:
        variant = next(variants, None)
        yield problem if variant is None else replace(problem, model=replace(problem.model, variant=variant))


def _affected(defects: Iterable[Any], law: Law, problem: Problem) -> bool:
    return any(defect.predicts(law.name, problem) for defect in defects)
