"""`--time-box MINUTES`: end a search in time, with its verdict, under any profile.

A run that is killed loses the violations that its workers did not report yet. With a time box, each property gets an
equal share of the time. When the share is used up, the test ends after the current problem, and is skipped with the
reason. So each law is tried, and a failing example is shrunk completely. Even with 0 minutes, all explicit examples are
tried, and then the first failing example of an earlier run.
A law that must pass on a share of draws always gets all of its draws: 2,000 of them take a minute in a nightly run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from contextlib import nullcontext
from time import monotonic
from typing import Any

import pytest
from hypothesis.errors import StopTest, UnsatisfiedAssumption

from tests.plugin.each_example import around


def minutes(text: str) -> float:
    """The option's value. Raises pytest.UsageError if it is not a finite number >= 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise pytest.UsageError(f"--time-box must be a number of minutes, for example 240 or 0.5; got {text!r}")
    return number


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("ig-conformance").addoption(
        "--time-box", metavar="MINUTES", type=minutes, help="end the search in time; each property gets an equal share"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    box, handle = item.config.getoption("--time-box"), _handle(item)
    inside = box is not None and handle is not None
    explicit = len(getattr(getattr(item, "obj", None), "hypothesis_explicit_examples", ()))
    with around(handle, ending_after(share(60 * box, item), explicit)) if inside else nullcontext():
        return (yield)


def ending_after(seconds: float, explicit: int = 0) -> Callable[[Callable[[], Any]], Any]:
    """A function that runs one example. `seconds` from now, it skips the test after an example that passes.

    It never skips before the `explicit` examples, which come first, and one more.
    """
    end, begun, passed, found = monotonic() + seconds, 0, 0, False

    def run(example: Callable[[], Any]) -> Any:
        nonlocal begun, passed, found
        begun += 1
        try:
            result = example()
        except (StopTest, UnsatisfiedAssumption):  # the example was rejected
            raise
        except BaseException:
            found = True
            raise
        passed += 1
        if not found and begun > explicit and monotonic() >= end:
            pytest.skip(f"time box: the share of {seconds:.3g} s is used up; problems that passed: {passed}")
        return result

    return run


def share(seconds: float, item: pytest.Item) -> float:
    """The share of one property in a box of `seconds`: the properties are divided among the workers."""
    workers = getattr(item.config, "workerinput", {"workercount": 1})["workercount"]
    return seconds * workers / sum(_handle(one) is not None for one in item.session.items)


def _handle(item: pytest.Item) -> Any:
    return getattr(getattr(item, "obj", None), "hypothesis", None)
