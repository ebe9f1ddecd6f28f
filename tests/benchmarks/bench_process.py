"""What a process costs: imports, collection, memory that does not grow, and a whole verdict."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.benchmarks.row import row

STARTS = {
    "import torch": ["-c", "import torch"],
    "import the suite": ["-c", "import conftest, reference.laws, strategies.domain, tests.subjects"],
    "collect all tests": ["-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "tests"],
    "import ig_conformance": ["-c", "import ig_conformance"],
}

PEAK = """
from pathlib import Path
def peak():
    # ru_maxrss would be that of the process which started this one, if that is larger.
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
"""

AFTER_PROBLEMS = """
import sys
from hypothesis import HealthCheck, Phase, given, settings
from reference.laws import LAWS
from strategies.domain import problems_for
from tests.subjects import load
law, subject, seen = LAWS["input_attribution"], load("textbook"), []
@settings(max_examples=int(sys.argv[1]), database=None, deadline=None, phases=[Phase.generate],
          suppress_health_check=list(HealthCheck))
@given(problems_for(law, "gausslegendre"))
def search(problem):
    law(problem, subject)
search()
print(peak())
"""

AFTER_STEPS = """
import sys
from reference.check import check_integrated_gradients
from tests.benchmarks.sizes import SIZES
n_steps, built = int(sys.argv[1]), SIZES["MiniLM"].build("float32")
entry = built.embeddings
check_integrated_gradients(entry.forward, entry.inputs, entry.baselines, 0 * entry.inputs, model=built.model,
                           accuracy=None, target=1, additional_forward_args=entry.additional, n_steps=n_steps)
print(peak())
"""

VERDICT = ["-m", "pytest", "-q", "tests/properties", "-p", "no:cacheprovider"]


def run(*arguments: str) -> tuple[float, float, str]:
    """CPU seconds of a Python process, its seconds on the clock, and what it printed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": ".", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, end - start, done.stdout


@pytest.mark.parametrize("what", STARTS)
def test_cpu_of_a_start(benchmark: Any, what: str) -> None:
    run(*STARTS[what])  # compiles bytecode
    seconds, _, _ = benchmark.pedantic(run, args=STARTS[what], rounds=1)
    row(benchmark, "process", f"CPU of: {what}", seconds, "s")


@pytest.mark.parametrize("problems", [100, 2000])
def test_memory_after_problems(benchmark: Any, problems: int) -> None:
    _, _, printed = benchmark.pedantic(run, args=("-c", PEAK + AFTER_PROBLEMS, str(problems)), rounds=1)
    row(benchmark, "process", f"memory after {problems:,} problems", float(printed), "MiB")


@pytest.mark.parametrize("n_steps", [20, 200])
def test_memory_of_a_check_with_many_steps(benchmark: Any, n_steps: int) -> None:
    _, _, printed = benchmark.pedantic(run, args=("-c", PEAK + AFTER_STEPS, str(n_steps)), rounds=1)
    row(benchmark, "process", f"memory of a check at MiniLM size, {n_steps} steps", float(printed), "MiB")


@pytest.mark.parametrize(("profile", "workers"), [("smoke", 1), ("smoke", 2), ("pr", 2)])
def test_time_of_a_verdict(benchmark: Any, profile: str, workers: int) -> None:
    arguments = (*VERDICT, "--hypothesis-profile", profile, "-n", str(workers))
    _, seconds, _ = benchmark.pedantic(run, args=arguments, rounds=1)
    row(benchmark, "process", f"verdict, profile {profile}, workers: {workers}", seconds, "s")
