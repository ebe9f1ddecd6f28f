"""Nothing here draws from a global generator: not a build, not a law, not a subject. And the suite would notice."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.laws import LAWS, Law
from reference.problem import Problem
from reference.subject import capabilities
from reference.violation import NotApplicable, Violation
from strategies.domain import problems_for
from tests.plugin import randomness
from tests.plugin.night import some
from tests.plugin.randomness import GENERATORS, GlobalRandomnessTouched, untouched, watched
from tests.subjects.oracle.adapter import OracleSubject
from tests.subjects.textbook import Textbook
from tests.unit.installed import skip_unless_applies
from tests.unit.strategies.drawing import STEADY, draws, simplest

DRAWING: dict[str, Callable[[], Any]] = {
    "random": random.random,
    "numpy.random": np.random.random_sample,
    "torch": lambda: torch.rand(1),
}
SEEDING: dict[str, Callable[[], Any]] = {
    "random": partial(random.seed, 71),
    "numpy.random": partial(np.random.seed, 71),
    "torch": partial(torch.manual_seed, 71),
}
TOUCHING = [(name, touch) for table in (DRAWING, SEEDING) for name, touch in table.items()]

touching = pytest.mark.parametrize(
    ("name", "touch"), TOUCHING, ids=lambda value: value if isinstance(value, str) else ""
)


def one_that_applies(law: Law, subject: Any) -> Problem | None:
    """The simplest problem of the domain, or the first drawn, of which the law says something."""
    for problem in (simplest(problems_for(law)), *draws(law.domain).problems):
        try:
            law(problem, subject)
        except Violation:
            return problem
        except NotApplicable:
            continue
        return problem
    return None


@pytest.mark.parametrize("domain", ["heads", "structures", "calls", "tied", "checkpointed", "bags", "joint"])
def test_building_and_running_a_problem_touches_no_global_generator(domain: str) -> None:
    for problem in draws(domain).few(every=12):
        with untouched(repr(problem)):
            entry = problem.build().embeddings
            entry.forward(entry.inputs, *entry.additional)


TRIED = some(LAWS.values())


@pytest.mark.parametrize("law", TRIED, ids=lambda law: f"{law.group}/{law.name}")
def test_no_law_touches_a_global_generator(law: Law) -> None:
    if law.name == "scores_on_average":
        pytest.skip("it is about tools that sample; textbook does not")
    skip_unless_applies(law)
    subject = OracleSubject() if law.needs <= capabilities(OracleSubject()) else Textbook()
    with untouched(law.name):
        assert one_that_applies(law, subject), "the law says nothing about any of its problems"


def test_all_generators_are_looked_at() -> None:
    assert randomness.states().keys() == GENERATORS.keys() == DRAWING.keys() == SEEDING.keys()


@touching
def test_touching_a_generator_is_noticed_and_undone(name: str, touch: Callable[[], Any]) -> None:
    """From the very state that seeding leads to, there would be nothing to notice."""
    with untouched("this test"):
        for _ in range(2):
            with pytest.raises(GlobalRandomnessTouched, match=name), untouched("this block"):
                touch()


@touching
def test_a_test_that_touches_a_generator_fails(name: str, touch: Callable[[], Any]) -> None:
    call = randomness.pytest_runtest_call(SimpleNamespace(obj=touch, nodeid="a test"))  # type: ignore[arg-type]
    next(call)
    touch()
    with pytest.raises(GlobalRandomnessTouched, match=rf"^a test changed .* {name}:"):
        call.send(None)


@touching
def test_an_example_that_touches_a_generator_fails_though_hypothesis_restores_it(
    name: str, touch: Callable[[], Any]
) -> None:
    @settings(STEADY, max_examples=2)
    @given(st.none())
    def leaking(nothing: None) -> None:
        touch()

    call = randomness.pytest_runtest_call(SimpleNamespace(obj=leaking, nodeid="a test"))  # type: ignore[arg-type]
    next(call)
    with pytest.raises(GlobalRandomnessTouched, match=f"^an example of a test .*{name}"):
        leaking()
    with pytest.raises(StopIteration):
        call.send(None)


def test_watching_a_test_does_not_change_what_it_draws() -> None:
    """A derandomized test is seeded by its source and signature: watched, it draws what it draws alone."""
    drawn: list[int] = []

    @settings(STEADY, max_examples=20)
    @given(number=st.integers())
    def test(number: int) -> None:
        drawn.append(number)

    handle = test.hypothesis  # type: ignore[attr-defined]
    own = handle.inner_test
    test()
    alone = drawn[:]
    with watched(handle, "an example"):
        test()
    assert handle.inner_test is own
    assert drawn == alone * 2


def test_what_a_test_raises_is_not_hidden_by_what_it_touched() -> None:
    def fail() -> None:
        torch.rand(1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), untouched("this test"):
        fail()
