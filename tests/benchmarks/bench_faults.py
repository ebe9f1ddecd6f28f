"""How soon a planted fault is seen, and how long its smallest problem takes."""

from __future__ import annotations

import time
from statistics import quantiles
from typing import Any

import pytest

from tests.benchmarks.row import row
from tests.power.faults.all_faults import looked_for
from tests.power.faults.canaries import CANARIES
from tests.power.faults.fault import Fault
from tests.power.search import search, smallest

PERCENTS = (50, 95)


@pytest.fixture(scope="module")
def seconds() -> list[float]:
    """For one fault of each law: CPU seconds until the law has seen it."""
    found = [search(fault) for fault in looked_for()]
    return [detection.seconds for detection in found if detection]


@pytest.mark.parametrize("percent", PERCENTS)
def test_first_failing_example(benchmark: Any, seconds: list[float], percent: int) -> None:
    assert len(seconds) == len(looked_for())
    benchmark.pedantic(lambda: None, rounds=1)
    row(benchmark, "faults", f"{percent} % of the faults are seen within", quantiles(seconds, n=100)[percent - 1], "s")


@pytest.mark.parametrize("fault", CANARIES, ids=lambda fault: fault.name)
def test_smallest_problem(benchmark: Any, fault: Fault) -> None:
    def shrink() -> float:
        start = time.process_time()
        smallest(fault)
        return time.process_time() - start

    row(benchmark, "faults", f"smallest problem of *{fault.name}*", benchmark.pedantic(shrink, rounds=1), "s")
