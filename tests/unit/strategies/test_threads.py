"""One torch thread in each worker, and results that do not depend on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from reference.oracle.budget import assert_equal
from reference.oracle.oracle import Oracle
from reference.violation import Violation
from tests.unit.strategies.threads import PROBLEMS, attribution, nodes

ROOT = Path(__file__).parents[3]
SET_BEFORE_TORCH = (
    "import sys, conftest; assert 'torch' not in sys.modules; import torch; print(torch.get_num_threads())"
)
RUN_AS_CONFIGURED = "import conftest, runpy; runpy.run_module('tests.unit.strategies.threads', run_name='__main__')"


class DependsOnThreads(Violation):
    """A result that two threads compute differs from that of one by more than rounding."""


def python(*arguments: str, **environment: str) -> str:
    """What a fresh interpreter prints, without the thread count of this one."""
    outside = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**outside, "PYTHONPATH": str(ROOT), **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@cache
def with_two_threads() -> dict[str, Any]:
    return json.loads(python("-c", RUN_AS_CONFIGURED, OMP_NUM_THREADS="2"))


def test_this_worker_has_the_threads_that_its_environment_says() -> None:
    assert torch.get_num_threads() == int(os.environ["OMP_NUM_THREADS"])


@pytest.mark.night
def test_one_thread_is_set_before_torch_is_imported() -> None:
    """Where the user says nothing; later it would be too late."""
    assert python("-c", SET_BEFORE_TORCH).split() == ["1"]


@pytest.mark.night
def test_the_users_own_number_of_threads_stands() -> None:
    assert with_two_threads()["threads"] == 2


@pytest.mark.night
@pytest.mark.parametrize(
    "index", range(len(PROBLEMS)), ids=lambda i: f"{PROBLEMS[i].model.attention}-{PROBLEMS[i].call.dtype}"
)
def test_two_threads_compute_what_one_does_to_rounding(index: int) -> None:
    problem = PROBLEMS[index]
    budget = Oracle.of(problem, nodes(problem)).ig().elements
    assert_equal(
        DependsOnThreads,
        got=torch.tensor(with_two_threads()["attributions"][index], dtype=torch.float64),
        expected=attribution(problem).double(),
        budget=budget + budget,
        what="the attribution with two threads against that with one",
    )
