"""A mistake as a hypothesis: what it needs to be tested, and its candidates for the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.progress import doing
from reference.check.result import Mistake


@dataclass(frozen=True)
class Hypothesis:
    """A named mistake: candidates for what it gives, and what it needs to be tested.

    `alone`: it is tried only if no other explains the numbers. `tokens`: only token sequences can have it.
    """

    name: str
    needs: tuple[str, ...]
    candidates: Callable[[Given], Iterator[Candidate]]
    alone: bool = False
    tokens: bool = False


HYPOTHESES: list[Hypothesis] = []


def hypothesis(
    name: str, needs: tuple[str, ...] = (), *, alone: bool = False, tokens: bool = False
) -> Callable[[Callable[[Given], Iterator[Candidate]]], Callable[[Given], Iterator[Candidate]]]:
    """Register a generator of candidates under the mistake's name."""

    def register(candidates: Callable[[Given], Iterator[Candidate]]) -> Callable[[Given], Iterator[Candidate]]:
        HYPOTHESES.append(Hypothesis(name, needs, candidates, alone, tokens))
        return candidates

    return register


@dataclass(frozen=True)
class Explanation:
    """A mistake, and the candidate that gives the numbers."""

    mistake: Mistake
    candidate: Candidate


MOST_SENTENCES = 3
"""Candidates of one mistake that are listed, if several give the same numbers."""


def explained(given: Given) -> tuple[tuple[Explanation, ...], tuple[str, ...]]:
    """The mistakes that explain the numbers, the most specific first, and what could not be tested.

    What explains numbers within one budget gives the same numbers. A mistake is the more specific, the more it needs.
    """
    tested, untested = _testable(given)
    found: list[Explanation] = []
    for one in tested:
        if not (one.alone and found):
            found += _explanation(one, (each for each in one.candidates(given) if given.explains(each)))
    if not found and given.steps_are_missing:
        found, words = _of_the_unlikely(given, tested)
        untested += words
    return tuple(found), tuple(untested)


def _testable(given: Given) -> tuple[list[Hypothesis], list[str]]:
    """The hypotheses whose needs are there, in order, and what the others need."""
    tested, untested = [], []
    for one in sorted(HYPOTHESES, key=lambda one: (one.alone, -len(one.needs))):
        if one.tokens and not given.numbers.of_tokens:
            continue
        missing = [need for need in one.needs if getattr(given, need) is None]
        if missing:
            untested.append(f"{one.name}: needs {' and '.join(NEEDS[need] for need in missing)}")
        else:
            tested.append(one)
    return tested, untested


def _explanation(one: Hypothesis, candidates: Iterable[Candidate]) -> list[Explanation]:
    """What a mistake explains by those candidates, if there are any."""
    own = list(candidates)
    sentences = list(dict.fromkeys(candidate.sentence for candidate in own))[:MOST_SENTENCES]
    return [Explanation(Mistake(one.name, "; or ".join(sentences)), own[0])] if own else []


def _of_the_unlikely(given: Given, tested: list[Hypothesis]) -> tuple[list[Explanation], list[str]]:
    """The first mistake whose change of F is far from the total: if steps are missing, the right one's may be.

    Each candidate takes a whole path. If the model is slow, not all are tried, and this is said.
    """
    paths = given.unlikely_paths()
    doing(f"looking further: up to {paths} more paths")
    for one in tested:
        for candidate in one.candidates(given):
            if not given.unlikely(candidate):
                continue
            if paths == 0:
                return [], ["mistakes that change F(x) − F(x'): need numbers with more n_steps"]
            paths -= 1
            if given.explains(candidate, unlikely=True):
                return _explanation(one, [candidate]), []
    return [], []


NEEDS = {"model": "model=", "ids": "ids=", "again": "attributions as a function"}
"""What a user passes for each need."""
