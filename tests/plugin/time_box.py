"""`--time-box MINUTES`: a search that ends in time, with its verdict, whatever the profile asks for.

A run that is ended from outside loses what its workers have found and not yet reported. Here each property has an equal
share of the box. Where it is used up, the test ends after the problem at hand, skipped with the reason: so each law has
its turn, and what is found is shrunk to the end. Even in a box of 0 minutes, explicit examples are all tried, and then
the first failing example of an earlier run.
A law that must pass on a share of draws has all of its draws, whatever the box: a minute for the nightly's 2,000.
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
    """A way to run examples that skips the test after the first one that passes when so many seconds have passed.

    It never skips before the `explicit` examples, which come first, and one more.
    """
    end, begun, passed, found = monotonic() + seconds, 0, 0, False

    def run(example: Callable[[], Any]) -> Any:
        nonlocal begun, passed, found
        begun += 1
        try:
            result = example()
        except (StopTest, UnsatisfiedAssumption):  # no problem at all
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
    """Of a box of so many seconds, what one property has: the workers share them out among themselves."""
    workers = getattr(item.config, "workerinput", {"workercount": 1})["workercount"]
    return seconds * workers / sum(_handle(one) is not None for one in item.session.items)


def _handle(item: pytest.Item) -> Any:
    return getattr(getattr(item, "obj", None), "hypothesis", None)
