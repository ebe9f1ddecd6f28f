"""What the tests of strategies ask of them: all draws, any with a feature, the simplest, the minimal with a feature.

Everything is derandomized: the same Hypothesis draws the same problems.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.statistics import collector
from hypothesis.strategies import SearchStrategy

from reference.models.bert import TinyBert
from reference.problem import Problem
from strategies.domain import DOMAINS
from tests.plugin.profiles import nightly

PLAIN = "tokens"
"""The domain without a wish: what it reaches, all of the others can be narrowed from."""

MANY, SOME = 300, 50 if nightly() else 25
"""Draws from the plain domain, and from each other one: by day half as many. Hypothesis draws one in four afresh, and
varies it.
"""

LONGEST_SEARCH = 1000

STEADY = settings(
    settings.get_profile("default"),
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)

Condition = Callable[[Any], Any]


@dataclass(frozen=True)
class Drawn:
    """What a search drew, and how often it had to give a draw up."""

    problems: tuple[Problem, ...]
    rejected: int

    def few(self, every: int) -> list[Problem]:
        """A part of the different ones, small and large."""
        return list(dict.fromkeys(self.problems))[::every]


@cache
def draws(domain: str) -> Drawn:
    """A search of the domain, made once for all tests."""
    problems: list[Problem] = []
    statistics: list[Any] = []

    @settings(STEADY, max_examples=MANY if domain == PLAIN else SOME)
    @given(DOMAINS[domain](None))
    def search(problem: Problem) -> None:
        problems.append(problem)

    with collector.with_value(statistics.append):  # type: ignore[arg-type]
        search()
    ends = Counter(case["status"] for found in statistics for case in found["generate-phase"]["test-cases"])
    return Drawn(tuple(problems), ends["invalid"])


WHOLE_CALLS = ("input_calls", "layer_calls")
"""Domains of small nets, which have no token embeddings and no batch of tokens."""

ON_TOKENS = tuple(name for name, domain in DOMAINS.items() if name not in WHOLE_CALLS and not domain.texts)


@cache
def every_draw() -> tuple[Problem, ...]:
    """What the searches of all domains on tokens drew."""
    return tuple(problem for domain in ON_TOKENS for problem in draws(domain).problems)


@cache
def every_bert() -> tuple[Problem, ...]:
    """Those with a BERT."""
    return tuple(problem for problem in every_draw() if isinstance(problem.model, TinyBert))


def find_any(condition: Condition, domain: str = PLAIN) -> Problem:
    """A problem of the domain that meets the condition: among those drawn for all tests, or in a longer search.

    Raises   NoSuchExample where there is none
    """
    for problem in draws(domain).problems:
        if condition(problem):
            return problem
    return find(DOMAINS[domain](None), condition, settings=settings(STEADY, max_examples=LONGEST_SEARCH))


def simplest(strategy: SearchStrategy[Problem]) -> Problem:
    """What the strategy gives when every choice is the simplest: where all shrinking ends if nothing stands against."""
    drawn: list[Problem] = []

    @settings(STEADY, max_examples=1)
    @given(strategy)
    def once(problem: Problem) -> None:
        drawn.append(problem)

    once()
    return drawn[0]


def minimal(strategy: SearchStrategy[Problem], condition: Condition) -> Problem:
    """The problem to which Hypothesis shrinks a random one that meets the condition."""
    return find(
        strategy, condition, settings=settings(STEADY, max_examples=2000, phases=[Phase.generate, Phase.shrink])
    )
