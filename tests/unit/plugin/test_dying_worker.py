"""A worker that dies during a run is replaced, its test is named, and the verdict is inconclusive."""

from __future__ import annotations

import json

import pytest

from tests.plugin.records import Record
from tests.report.verdict import Verdict
from tests.unit.running import CHECKOUT

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


@pytest.mark.night
def test_worker_that_dies_is_replaced_and_its_test_is_named(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The project runs under the suite's own plugins, in one worker."""
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    pytester.makepyfile(test_project=PROJECT)
    done = pytester.runpytest_subprocess("-p", "conftest", "-n1", "--verdict-json=verdict.json")
    done.assert_outcomes(failed=1, passed=4)
    assert done.outlines.count(f"verdict   inconclusive: a worker died during {DEADLY}") == 1
    assert str(done.stdout).count("[gw0] node down") == 1
    verdict = json.loads((pytester.path / "verdict.json").read_text())
    assert [law["problems"] for law in verdict["laws"]] == [4]
    assert verdict["died"] == verdict["broken"] == [DEADLY]
    assert verdict["inconclusive"] == f"a worker died during {DEADLY}"


@pytest.mark.parametrize("seen", [True, False], ids=["all canaries seen", "one not seen, because its worker died"])
def test_dead_worker_is_the_first_reason_to_be_inconclusive(seen: bool) -> None:
    canaries = [Record(kind="canary", law="nodes", seen=one) for one in (True, True, seen)]
    assert Verdict("mine", {}, canaries, died=["a::test"]).inconclusive == "a worker died during a::test"
