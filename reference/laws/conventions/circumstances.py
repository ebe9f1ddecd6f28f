"""Group *conventions*, what an answer must not depend on: repetition, grad mode, flags, other threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import torch

from reference.laws.calling import (
    assert_answer,
    assert_attribution,
    built,
    call,
    entering,
    entry_of,
    expected_by,
    oracle_of,
    pair,
    where,
    with_delta,
)
from reference.laws.law import law
from reference.problem import Entry, Problem
from reference.subject import Subject
from reference.violation import Violation, answer_or_refusal, asking

PATIENCE = 0.5
"""Seconds that one thread waits for the other: a subject that locks is slower, and right."""


class NotRepeatable(Violation):
    """The same call gives other bits the second time."""


class FlagsMatter(Violation):
    """Grad mode, or `requires_grad` of parameters or inputs, changes the answer."""


class TrainModeMatters(Violation):
    """Train mode without dropout changes the answer."""


class WrongInInferenceMode(Violation):
    """Under `torch.inference_mode`, the answer is neither right nor refused."""


class ThreadsDisturbEachOther(Violation):
    """Two threads that ask about one model at once do not get what each gets alone."""


@law(
    group="conventions",
    violation=NotRepeatable,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/meta-pytorch/captum/issues/981",
)
def same_call_twice(problem: Problem, subject: Subject) -> None:
    """The same call twice gives the same bits, in eval mode."""
    setting = built(problem, subject)
    what = where(problem)
    first, second = (
        pair(NotRepeatable, asking(NotRepeatable, what, lambda: with_delta(problem, subject, setting)), what)
        for _ in range(2)
    )
    for before, after, of in zip(first, second, ("", "the delta of "), strict=True):
        if not torch.equal(before, after):
            raise NotRepeatable(f"{of}{what}: asked twice, it differs by {float((before - after).abs().max()):.3g}")


@law(
    group="conventions",
    violation=FlagsMatter,
    needs={"ig"},
    domain="chunked_bags",
    source="https://github.com/meta-pytorch/captum/pull/324",
)
def flags(problem: Problem, subject: Subject) -> None:
    """Under no_grad in chunks of any size, with parameters frozen, with inputs requiring grad: the same answer."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    asked = problem.asking(internal_batch_size=max(problem.call.internal_batch_size or 0, problem.data.batch))
    expected = expected_by(oracle_of(problem, subject))

    def ask(how: str, entry: Entry = entry) -> None:
        what = f"{where(problem)} {how}"
        answer = asking(FlagsMatter, what, lambda: with_delta(asked, subject, setting, entry))
        assert_answer(FlagsMatter, answer, expected, what)

    with torch.no_grad():
        ask("under no_grad")
    setting.model.requires_grad_(False)
    ask("with frozen parameters")
    if entry.inputs.is_floating_point():
        x, baseline = (end.clone().requires_grad_() for end in (entry.inputs, entry.baselines))
        ask("with inputs requiring grad", replace(entry, inputs=x, baselines=baseline))


@law(
    group="conventions",
    violation=TrainModeMatters,
    needs={"ig"},
    domain="without_dropout",
    source="https://github.com/meta-pytorch/captum/issues/981",
    implied_by="layer_attribution",
)
def train_mode(problem: Problem, subject: Subject) -> None:
    """In train mode, without dropout: the same answer, for it is the same function."""
    setting = built(problem, subject)
    setting.model.train()
    what = f"{where(problem)} in train mode"
    answer = asking(TrainModeMatters, what, lambda: with_delta(problem, subject, setting))
    assert_answer(TrainModeMatters, answer, expected_by(oracle_of(problem, subject)), what)


@law(
    group="conventions",
    violation=WrongInInferenceMode,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/softwaremill/FoXAI/issues/146",
)
def inference_mode(problem: Problem, subject: Subject) -> None:
    """Under torch.inference_mode: the same answer, or a refusal that names it."""
    setting = built(problem, subject)
    what = f"{where(problem)} under inference_mode"
    with torch.inference_mode():
        answer = answer_or_refusal(
            WrongInInferenceMode, what, ("inference",), lambda: with_delta(problem, subject, setting)
        )
    if answer is not None:
        assert_answer(WrongInInferenceMode, answer, expected_by(oracle_of(problem, subject)), what)


@law(
    group="conventions",
    violation=ThreadsDisturbEachOther,
    needs={"lig"},
    domain="bags_at_layers",
    source="https://github.com/SeldonIO/alibi/issues/593",
)
def two_threads(problem: Problem, subject: Subject) -> None:
    """Two threads at once on one model, one from x' to x, one back: each gets what it gets alone."""
    setting = built(problem, subject)
    there = entry_of(problem, setting)
    oracle = oracle_of(problem, subject)
    barrier = threading.Barrier(2, timeout=PATIENCE)

    def meeting(*arguments: Any) -> Any:
        """The forward, begun and ended by both threads together, so that each runs with the other's hooks in place."""
        _meet(barrier)
        output = there.forward(*arguments)
        _meet(barrier)
        return output

    def ask(how: str, entry: Entry) -> Any:
        try:
            what = f"{where(problem)} {how}, beside another thread"
            return asking(ThreadsDisturbEachOther, what, lambda: call(problem, subject, setting, entry))
        finally:
            barrier.abort()

    ways = {"from x' to x": lambda entry: entry, "from x to x'": _back}
    with ThreadPoolExecutor(len(ways)) as threads:
        asked = [threads.submit(ask, how, replace(way(there), forward=meeting)) for how, way in ways.items()]
    for got, (how, way) in zip([one.result() for one in asked], ways.items(), strict=True):
        expected = expected_by(entering(oracle, way))
        assert_attribution(ThreadsDisturbEachOther, got, expected, f"{where(problem)} {how}, beside another thread")


def _back(entry: Entry) -> Entry:
    return replace(entry, inputs=entry.baselines, baselines=entry.inputs)


def _meet(barrier: threading.Barrier) -> None:
    """Wait for the other thread; one that has ended, or waits for a lock, is not waited for again."""
    with suppress(threading.BrokenBarrierError):
        barrier.wait()
