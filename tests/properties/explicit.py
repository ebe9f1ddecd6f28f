"""Explicit examples of a domain: every run tries them, and one that fails is shrunk."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from reference.laws import Law
from reference.problem import Problem
from reference.violation import NotApplicable, Violation
from strategies.domain import DOMAINS
from tests.plugin.amounts import FULL
from tests.subjects.known_defects import Modelled

SEARCH = settings(
    max_examples=200,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


def explicit_of(law: Law, method: str | None) -> Mapping[Problem, SearchStrategy[Problem]]:
    """The explicit examples of the law's domain, each with a strategy for problems like it.

    A profile smaller than the default one tries its share of them.
    """
    found = DOMAINS[law.domain].around(method)
    few = max(1, FULL // settings().max_examples)
    return dict(list(found.items())[::few])


def smallest_like(problem: Problem, like: SearchStrategy[Problem], law: Law, subject: Modelled) -> Problem:
    """A smaller problem on which the law fails with the same severity, or the problem itself."""
    severity = _severity(law, problem, subject)
    if severity is None:
        return problem
    try:
        return find(like, lambda other: _severity(law, other, subject) == severity, settings=SEARCH)
    except NoSuchExample:
        return problem


def _severity(law: Law, problem: Problem, subject: Modelled) -> int | None:
    """The severity of the law's violation, or None if there is none, or a known defect explains it."""
    try:
        law(problem, subject)
    except Violation as violation:
        predicting = subject.predicting(law.name, problem)
        explained = any(entry.explains(law.name, violation) for entry in predicting)
        return None if explained else int(violation.severity)
    except NotApplicable:
        pass
    return None
