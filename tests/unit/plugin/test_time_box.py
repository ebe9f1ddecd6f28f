"""`--time-box`: a search ends when its share is used up, but tries a problem first, and loses no failing example."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st

from reference.oracle.quadrature import METHODS
from tests.plugin import time_box
from tests.plugin.each_example import around
from tests.plugin.time_box import ending_after, minutes, share
from tests.unit.running import suite
from tests.unit.strategies.drawing import STEADY

NUMBERS = st.integers(0, 10**9)


class Clock:
    """A clock that a test advances."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time_box, "monotonic", clock)
    return clock


def ended(seconds: float, test: Any) -> str:
    """Why the property was skipped with this share of seconds; empty if it was not skipped."""
    try:
        with around(test.hypothesis, ending_after(seconds)):
            test()
    except pytest.skip.Exception as reason:
        return str(reason)
    return ""


@pytest.mark.parametrize(("seconds", "problems"), [(0, 1), (1, 1), (7, 7)])
def test_search_ends_when_its_share_of_time_is_used(seconds: float, problems: int, clock: Clock) -> None:
    met = []

    @settings(STEADY, max_examples=100)
    @given(NUMBERS)
    def takes_a_second(number: int) -> None:
        met.append(number)
        clock.now += 1

    reason = ended(seconds, takes_a_second)
    assert reason == f"time box: the share of {seconds} s is used up; problems that passed: {problems}"
    assert len(met) == problems


def test_empty_time_box_tries_explicit_examples_and_one_more() -> None:
    met: list[int] = []

    @example(-1)
    @example(-2)
    @settings(STEADY, max_examples=100, phases=[Phase.explicit, Phase.generate])
    @given(NUMBERS)
    def passes(number: int) -> None:
        met.append(number)

    options = SimpleNamespace(getoption=lambda name: 0.0)
    item: Any = SimpleNamespace(obj=passes, config=options)
    item.session = SimpleNamespace(items=[item])
    call = time_box.pytest_runtest_call(item)
    next(call)
    with pytest.raises(pytest.skip.Exception, match=r"problems that passed: 3$"):
        passes()
    with pytest.raises(StopIteration):
        call.send(None)
    assert met[:2] == [-1, -2]
    assert len(met) == 3


def test_search_that_ends_in_time_is_not_skipped(clock: Clock) -> None:
    met = []

    @settings(STEADY, max_examples=100)
    @given(NUMBERS)
    def takes_a_second(number: int) -> None:
        met.append(number)
        clock.now += 1

    assert not ended(101, takes_a_second)
    assert len(met) == 100


def test_rejected_example_does_not_count_as_a_problem(clock: Clock) -> None:
    met = []

    @settings(STEADY, max_examples=100)
    @given(NUMBERS)
    def applies_to_few(number: int) -> None:
        met.append(number)
        assume(number > 1000)

    assert ended(0, applies_to_few).endswith("problems that passed: 1")
    assert [number > 1000 for number in met] == [False] * (len(met) - 1) + [True]
    assert len(met) > 1


def test_failing_example_found_in_time_is_shrunk_completely(clock: Clock) -> None:
    to_the_end = settings(STEADY, max_examples=100, phases=[Phase.generate, Phase.shrink])

    @to_the_end
    @given(NUMBERS)
    def small(number: int) -> None:
        if number >= 1000:
            clock.now = 2
            raise ArithmeticError(f"found {number}")

    with pytest.raises(ArithmeticError, match=r"^found 1000\b"):
        assert not ended(1, small)


@pytest.mark.night
def test_one_problem_for_each_method_is_no_pass(tmp_path: Path) -> None:
    written = tmp_path / "verdict.json"
    chosen = ("--subject", "textbook", "-k", "test_laws and (rule/nodes or rule/weights)", "-n", "0")
    done = suite(*chosen, "--time-box", "0", f"--verdict-json={written}", HYPOTHESIS_PROFILE="dev")
    laws = json.loads(written.read_text())["laws"]
    assert [(law["law"], law["problems"], law["outcome"]) for law in laws] == [
        (name, len(METHODS), "not-informative") for name in ("nodes", "weights")
    ]
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout


@pytest.mark.parametrize(("workers", "seconds"), [({}, 2.5), ({"workerinput": {"workercount": 4}}, 10.0)])
def test_each_property_gets_an_equal_share_of_all_workers_time(workers: dict[str, Any], seconds: float) -> None:
    test, prop = SimpleNamespace(obj=object()), SimpleNamespace(obj=SimpleNamespace(hypothesis=object()))
    session = SimpleNamespace(items=[test, prop, prop, test, prop, prop])
    item: Any = SimpleNamespace(config=SimpleNamespace(**workers), session=session)
    assert share(10, item) == seconds


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf", ""])
def test_invalid_time_box_is_a_usage_error(text: str) -> None:
    with pytest.raises(pytest.UsageError, match=rf"^--time-box must be a number of minutes, .*; got '{text}'$"):
        minutes(text)
