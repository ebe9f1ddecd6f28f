"""A mistake as a hypothesis: what it needs to be tested, and its candidates for the numbers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch

from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.progress import doing
from reference.check.result import Mistake


@dataclass(frozen=True)
class Hypothesis:
    """A named mistake: candidates for what it gives, and what it needs to be tested.

    `alone`: it is tried only if no other explains the numbers. `tokens`: only token sequences can have it. `cheap`: its
    candidates take hardly a path of their own. `of_rule`: the candidates are rules, some of many steps.
    """

    name: str
    needs: tuple[str, ...]
    candidates: Callable[[Given], Iterator[Candidate]]
    alone: bool = False
    tokens: bool = False
    cheap: bool = False
    of_rule: bool = False


HYPOTHESES: list[Hypothesis] = []


def hypothesis(
    name: str,
    needs: tuple[str, ...] = (),
    *,
    alone: bool = False,
    tokens: bool = False,
    cheap: bool = False,
    of_rule: bool = False,
) -> Callable[[Callable[[Given], Iterator[Candidate]]], Callable[[Given], Iterator[Candidate]]]:
    """Register a generator of candidates under the mistake's name."""

    def register(candidates: Callable[[Given], Iterator[Candidate]]) -> Callable[[Given], Iterator[Candidate]]:
        HYPOTHESES.append(Hypothesis(name, needs, candidates, alone, tokens, cheap, of_rule))
        return candidates

    return register


@dataclass(frozen=True)
class Explanation:
    """A mistake, and the candidate that gives the numbers."""

    mistake: Mistake
    candidate: Candidate


MOST_SENTENCES = 3
"""Candidates of one mistake that are listed, if several give the same numbers."""

SECONDS = 40.0
"""The time for the search, so that a text of 512 tokens has an answer within four minutes."""

SECONDS_MORE = 10.0
"""The time for the search after one mistake was found: others may explain the same numbers."""


def explained(given: Given) -> tuple[tuple[Explanation, ...], tuple[str, ...]]:
    """The mistakes that explain the numbers, the most specific first, and what could not be tested.

    What explains numbers within one budget gives the same numbers. A mistake is the more specific, the more it needs.
    """
    return Search(given).result()


class Search:
    """The hypotheses, asked one after the other until the time is used up.

    Cheap ones come first. Those of rules come next if the user did not tell the rule, and last if the user did. The
    time is that of the processor, for each thread: a busy machine has the same answer.
    """

    def __init__(self, given: Given) -> None:
        self.given = given
        self.found: list[tuple[Hypothesis, Explanation]] = []
        self.untested: list[str] = []
        self.late: list[str] = []
        self.first = math.inf
        self.started = time.process_time()

    def result(self) -> tuple[tuple[Explanation, ...], tuple[str, ...]]:
        """As `explained`."""
        tested = self._testable()
        for one in tested:
            if not (one.alone and self.found):
                self._ask(one)
        if not self.found and self.given.steps_are_missing:
            self._ask_the_unlikely(tested)
        if self.late:
            self.untested.append(f"{', '.join(self.late)}: need more time, or fewer tokens or steps")
        self.found.sort(key=lambda each: -len(each[0].needs))
        return tuple(explanation for _, explanation in self.found), tuple(self.untested)

    def _testable(self) -> list[Hypothesis]:
        """The hypotheses whose needs are there, in the order in which they are asked."""
        told = self.given.told_method and self.given.told_steps
        tested = []
        for one in sorted(HYPOTHESES, key=lambda one: (one.alone, not one.cheap, one.of_rule == told, len(one.needs))):
            if one.tokens and not self.given.numbers.of_tokens:
                continue
            missing = [need for need in one.needs if getattr(self.given, need) is None]
            if missing:
                self.untested.append(f"{one.name}: needs {' and '.join(NEEDS[need] for need in missing)}")
            else:
                tested.append(one)
        return tested

    def _ask(self, one: Hypothesis) -> None:
        own = []
        for candidate in one.candidates(self.given):
            if self._late() and not one.alone:
                self.late.append(one.name)
                break
            if self.given.explains(candidate):
                own.append(candidate)
        if own:
            sentences = dict.fromkeys(candidate.sentence for candidate in own)
            mistake = Mistake(one.name, "; or ".join(list(sentences)[:MOST_SENTENCES]))
            self.found.append((one, Explanation(mistake, own[0])))
            self.first = min(self.first, self._passed())

    def _ask_the_unlikely(self, tested: list[Hypothesis]) -> None:
        """Look for the first mistake whose change of F is far from the total: if steps are missing, it may be the one.

        The most specific mistakes come first. Each candidate takes a whole path. Two with the same change of F are the
        same function.
        """
        doing("looking further")
        asked = set()
        for one in sorted(tested, key=lambda one: -len(one.needs)):
            for candidate in one.candidates(self.given):
                if not self.given.unlikely(candidate) or (function := self.given.function(candidate)) in asked:
                    continue
                if self._late():
                    self.late += [] if self.late else ["mistakes that change F(x) − F(x')"]
                    return
                asked.add(function)
                if self.given.explains(candidate, unlikely=True):
                    self.found.append((one, Explanation(Mistake(one.name, candidate.sentence), candidate)))
                    return

    def _late(self) -> bool:
        return self._passed() > min(SECONDS, self.first + SECONDS_MORE)

    def _passed(self) -> float:
        return (time.process_time() - self.started) / torch.get_num_threads()


NEEDS = {"model": "model=", "ids": "ids=", "again": "attributions as a function"}
"""What a user passes for each need."""
