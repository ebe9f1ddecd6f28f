"""A worker that dies in mid-run is replaced, its test is named, and the verdict believes nothing."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from tests.plugin.records import Record
from tests.report.verdict import Verdict
from tests.unit.running import typed

PROJECT = """
import os, signal

import pytest

from tests.plugin.records import Record

@pytest.mark.parametrize("number", range(5))
def test_law(number, ledger):
    ledger.open(Record(kind="law", law="one", problems=1))
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
"""
"""Five tests of a law; the third one kills its process."""

DEADLY = "test_project.py::test_law[2]"

Run = tuple[subprocess.CompletedProcess[str], dict[str, Any]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The project under the suite's own plugins, in one worker."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "test_project.py").write_text(PROJECT)
    options = ("-p", "conftest", "-n", "1", "--verdict-json", "verdict.json")
    done = typed("-m", "pytest", "-q", *options, cwd=folder, environment={})
    return done, json.loads((folder / "verdict.json").read_text())


def test_the_worker_is_replaced_and_the_other_tests_are_run(run: Run) -> None:
    done, verdict = run
    assert done.stdout.count("[gw0] node down") == 1
    assert "1 failed, 4 passed" in done.stdout
    assert [law["problems"] for law in verdict["laws"]] == [4]


def test_the_test_is_named_and_the_run_is_not_green(run: Run) -> None:
    done, verdict = run
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert verdict["died"] == verdict["broken"] == [DEADLY]
    assert verdict["void"] == f"a worker died during {DEADLY}"
    assert done.stdout.count(f"verdict   VOID: a worker died during {DEADLY}\n") == 1


@pytest.mark.parametrize("seen", [True, False], ids=["all canaries seen", "one not seen, for its worker died"])
def test_a_death_is_the_first_reason_to_believe_nothing(seen: bool) -> None:
    canaries = [Record(kind="canary", law="nodes", seen=one) for one in (True, True, seen)]
    assert Verdict("mine", {}, canaries, died=["a::test"]).void == "a worker died during a::test"
