"""What a control is, and how it is judged: one law, on as many problems as asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

import torch
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings

from reference.laws import Law
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import problems_for


@dataclass(frozen=True)
class Control:
    """A subject made on purpose. `planted()` is a `with` inside which `subject()` is what its name says.

    `passes` are the laws that a wrong subject passes, each with the reason: the law is true of it.
    """

    name: str
    subject: Callable[[], Any]
    planted: Callable[[], AbstractContextManager[Any]] = nullcontext
    passes: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Outcome:
    """How one law judged a control: problems passed, the reasons why it did not apply, and the first violation."""

    passed: int = 0
    not_applicable: Counter[str] = field(default_factory=Counter)
    violation: Violation | None = None
    problem: Problem | None = None


def judged(law: Law, subject: Any, problems: int, start: Hashable) -> Outcome:
    """The law on so many problems, until the first violation. `start` seeds the search.

    Hypothesis begins with the simplest problem, which shows little. It is left out.
    """
    outcome, drawn = Outcome(), 0

    @seed(start)
    @settings(
        max_examples=problems + 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(problem=problems_for(law))
    def look(problem: Problem) -> None:
        nonlocal drawn
        drawn += 1
        if drawn == 1:
            return
        if outcome.violation:  # Hypothesis tries the failing problem once more
            raise outcome.violation
        try:
            law(problem, subject)
        except Violation as violation:
            outcome.violation, outcome.problem = violation, problem
            raise
        except NotApplicable as reason:
            outcome.not_applicable[str(reason)] += 1
        else:
            outcome.passed += 1

    # A control may draw from the global generator on purpose.
    with torch.random.fork_rng(devices=[]), suppress(Violation):
        look()
    return outcome
