"""What a process costs: imports, collection, and memory that does not grow."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from typing import Any

import pytest

COMMANDS = {
    "import torch": ["-c", "import torch"],
    "import the suite": ["-c", "import conftest, reference.laws, strategies.domain, tests.subjects"],
    "collect all tests": ["-m", "pytest", "--collect-only", "-q", "-o", "addopts=", "tests"],
    "import ig_conformance": ["-c", "import ig_conformance"],
}

MEMORY = """
import resource, sys
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
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def run(*arguments: str) -> tuple[float, str]:
    """CPU seconds of a Python process, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": "."}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


@pytest.mark.parametrize("what", COMMANDS)
def test_cpu_of_a_start(benchmark: Any, what: str) -> None:
    run(*COMMANDS[what])  # compiles bytecode
    benchmark.group, benchmark.name = "start", what
    seconds, _ = benchmark.pedantic(run, args=COMMANDS[what], rounds=1)
    benchmark.extra_info["seconds"] = seconds


@pytest.mark.parametrize("problems", [100, 2000])
def test_memory_after_problems(benchmark: Any, problems: int) -> None:
    benchmark.group, benchmark.name = "memory", f"after {problems:,} problems"
    _, printed = benchmark.pedantic(run, args=("-c", MEMORY, str(problems)), rounds=1)
    benchmark.extra_info["MiB"] = float(printed)
