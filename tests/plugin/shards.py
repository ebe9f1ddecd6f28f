"""`--shard 3/8`: the third of eight machines that search together, each on problems of its own.

pr and smoke draw the same problems in every run: so does a shard of them, others than any other shard's. dev and
nightly draw at random on every machine: there a shard is only named, unless --hypothesis-seed says where to start.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import is_hypothesis_test, seed, settings

Property = Callable[..., None]


def shard(text: str) -> str:
    """Raises   pytest.UsageError for what is no shard."""
    found = re.fullmatch(r"([1-9][0-9]*)/([1-9][0-9]*)", text)
    if found is None or int(found[1]) > int(found[2]):
        raise pytest.UsageError(f"--shard: {text!r} is no shard: say 1/8 for the first of eight, 8/8 for the last")
    return text


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("ig-conformance").addoption(
        "--shard", metavar="K/N", type=shard, help="search as the K-th of N machines: other problems than the others'"
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    test: Any = getattr(item, "obj", None)
    if is_hypothesis_test(test):
        seeded(test, item)


@pytest.fixture
def sharded(request: pytest.FixtureRequest) -> Callable[[Property], Property]:
    """For a property that a test makes and runs itself: it draws what the test's shard draws."""
    return lambda test: seeded(test, request.node)


def seeded(test: Property, item: pytest.Item) -> Property:
    """The property, started from what names the shard and the test, where it would start at the same in each shard."""
    part, start = item.config.getoption("--shard"), item.config.getoption("--hypothesis-seed")
    if part is None or (start is None and not settings().derandomize):
        return test
    named = f"shard {part}, seed {start}, {item.nodeid}"
    return seed(int.from_bytes(hashlib.sha256(named.encode()).digest()[:8], "big"))(test)
