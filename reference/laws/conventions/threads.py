"""Group *conventions*: what a call in one thread must not do to a call in another."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

from torch import Tensor

from reference.built_problem import Entry
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation

PATIENCE = 0.5
"""Seconds that one thread waits for the other: a subject that locks is slower, and right."""

SOURCE = "https://github.com/SeldonIO/alibi/issues/593"


class ThreadsDisturbEachOther(Violation):
    """Two threads that ask for LIG of one model at once do not get what each gets alone."""


class ThreadsShareInputs(Violation):
    """Two threads that ask for IG of one model at once do not get what each gets alone."""


@law(group="conventions", violation=ThreadsDisturbEachOther, needs={"lig"}, domain="bags_at_layers", source=SOURCE)
def two_threads(problem: Problem, subject: Subject) -> None:
    """LIG in two threads at once on one model, one from x' to x, one back: each gets what it gets alone."""
    _in_two_threads(Asking.of(ThreadsDisturbEachOther, problem, subject))


@law(group="conventions", violation=ThreadsShareInputs, needs={"ig"}, domain="bags_by_embeddings", source=SOURCE)
def input_calls_in_two_threads(problem: Problem, subject: Subject) -> None:
    """IG in two threads at once on one model, one from x' to x, one back: each gets what it gets alone."""
    _in_two_threads(Asking.of(ThreadsShareInputs, problem, subject))


def _in_two_threads(asking: Asking) -> None:
    """Both calls are right, although each forward begins and ends together with one of the other call."""
    there = asking.entry
    barrier = threading.Barrier(2, timeout=PATIENCE)
    meetings: list[int] = []

    def meeting(*arguments: Any) -> Any:
        """The forward, begun and ended by both threads together, so that each runs with the other's hooks in place."""
        _meet(barrier, meetings)
        output = there.forward(*arguments)
        _meet(barrier, meetings)
        return output

    def call(how: str, entry: Entry) -> Tensor | Violation:
        try:
            return asking.attribution(f"{asking.what} {how}, beside another thread", entry)
        except asking.violation as violation:  # the other thread may be worse off
            return violation
        finally:
            barrier.abort()

    ways = {"from x' to x": lambda entry: entry, "from x to x'": _back}
    with ThreadPoolExecutor(len(ways)) as threads:
        begun = [threads.submit(call, how, replace(way(there), forward=meeting)) for how, way in ways.items()]
    violations: list[Violation] = []
    for got, (how, way) in zip([one.result() for one in begun], ways.items(), strict=True):
        try:
            if isinstance(got, Violation):
                raise got
            what = f"{asking.what} {how}, beside another thread that it met {len(meetings) // 2} times"
            asking.assert_attribution(got, what, asking.entering(way).expected)
        except asking.violation as violation:
            violations.append(violation)
    if violations:
        raise max(violations, key=lambda violation: violation.severity)


def _back(entry: Entry) -> Entry:
    return replace(entry, inputs=entry.baselines, baselines=entry.inputs)


def _meet(barrier: threading.Barrier, meetings: list[int]) -> None:
    """Wait for the other thread; one that has ended, or waits for a lock, is not waited for again."""
    with suppress(threading.BrokenBarrierError):
        meetings.append(barrier.wait())
