"""The scripts of the nightly workflow on a subject with a fault, in two runs after each other.

The fault needs five nodes, so the first problem of a search shows it only if the search has the failing example.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.tools.nightly.environments import matrix
from tests.unit.running import CHECKOUT
from tests.unit.tools.test_nightly_issue import calls, gh_on
from tests.unit.tools.workflows import ran, step

pytestmark = pytest.mark.night

ENVIRONMENT = "py311-torch2.13"
EXAMPLES = step("nightly", "Save the failing examples for later runs")["with"]["path"].replace(
    "${{ matrix.environment }}", ENVIRONMENT
)

THEIRS = """
class TrapezoidFromFive:
    def ig(self, *arguments, method, n_steps, **options):
        from tests.subjects.textbook import Textbook
        with open("called", "a") as called:
            print(method, n_steps, file=called)
        share = (n_steps - 1) / n_steps if method == "riemann_trapezoid" and n_steps >= 5 else 1
        return share * Textbook.ig(*arguments, method=method, n_steps=n_steps, **options)
"""
FOUND = "Problem(call=Call(method='riemann_trapezoid', n_steps=5))"

TOX = """#!/bin/bash
# A stub for `tox -e ENVIRONMENT -- arguments`: runs a few of the tests in the current environment.
[[ "$1 $3" == "-e --" ]] || exit 64
export TOX_ENV_NAME="$2"
shift 3
exec "{python}" -m pytest -n 0 -p no:cacheprovider --subject their_ig:TrapezoidFromFive -k "$CHOSEN" "$@"
"""


@dataclass
class Search:
    """The results of a search on its machine."""

    done: subprocess.CompletedProcess[str]
    called: list[str]
    verdict: dict[str, Any]
    machine: Path


def search(machine: Path, examples: Path | None, **environment: str) -> Search:
    """The search of the workflow, in a folder that contains only the checkout and the saved examples."""
    machine.mkdir()
    for name in ("conftest.py", "pyproject.toml", "tox.ini", "reference", "strategies", "tests"):
        (machine / name).symlink_to(CHECKOUT / name)
    (machine / "their_ig.py").write_text(THEIRS)
    if examples is not None:
        shutil.copytree(examples, machine / EXAMPLES)
    commands = machine / "commands"
    commands.mkdir()
    (commands / "tox").write_text(TOX.format(python=sys.executable))
    (commands / "tox").chmod(0o755)
    known: Mapping[str, str] = {"ENVIRONMENT": ENVIRONMENT, "PROFILE": "nightly", "PYTHONPATH": str(machine)}
    done = ran(step("nightly", "Search"), cwd=machine, commands=commands, environment={**known, **environment})
    verdict = machine / f"verdict-{ENVIRONMENT}.json"
    assert verdict.exists(), done.stdout + done.stderr
    called = (machine / "called").read_text().splitlines()
    trapezoids = [line for line in called if line.startswith("riemann_trapezoid")]
    return Search(done, trapezoids, json.loads(verdict.read_text()), machine)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Search:
    """The first run, with 240 minutes, for one law and the canary."""
    folder = tmp_path_factory.mktemp("first")
    return search(folder / "machine", None, MINUTES="240", CHOSEN="weights-riemann_trapezoid or canary")


@pytest.fixture(scope="module")
def second(first: Search, tmp_path_factory: pytest.TempPathFactory) -> Search:
    """The next run, in a new folder, with 0 minutes."""
    folder = tmp_path_factory.mktemp("second")
    return search(folder / "machine", first.machine / EXAMPLES, MINUTES="0", CHOSEN="test_primary and weights")


def found(search: Search) -> dict[str, Any]:
    (law,) = search.verdict["laws"]
    return law


def test_nightly_with_a_fault_finds_it_and_fails(first: Search) -> None:
    assert first.called[0] == "riemann_trapezoid 2"
    assert (found(first)["outcome"], found(first)["counterexample"]) == ("violated", FOUND)
    assert (first.verdict["canary"], first.verdict["inconclusive"]) == ("3 of 3 faults seen", None)
    assert first.done.returncode == pytest.ExitCode.TESTS_FAILED


def test_files_that_the_workflow_uploads_exist(first: Search) -> None:
    uploaded = step("nightly", "Upload the verdict, the log and the reproducers")["with"]["path"]
    for line in uploaded.replace("${{ matrix.environment }}", ENVIRONMENT).split():
        assert (first.machine / line).exists(), line
    assert (first.machine / found(first)["reproducer"]).is_file()
    assert (first.machine / f"nightly-{ENVIRONMENT}.log").read_text() == first.done.stdout


def test_failing_example_is_saved_and_tried_first_next_time(second: Search) -> None:
    assert second.called[0] == "riemann_trapezoid 5"
    assert found(second)["counterexample"] == FOUND


def test_nightly_with_no_time_tries_one_problem_per_property(second: Search) -> None:
    assert "1 failed, 4 skipped" in second.done.stdout
    assert found(second)["problems"] >= 4


def test_issue_names_the_law_and_the_problem(first: Search, tmp_path: Path) -> None:
    artifact = tmp_path / "verdicts" / f"nightly-{ENVIRONMENT}-1"
    artifact.mkdir(parents=True)
    shutil.copy(first.machine / f"verdict-{ENVIRONMENT}.json", artifact)
    gh_on(tmp_path, tmp_path / "log", known=[])
    for name in ("reference", "tests", "tox.ini"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    environment = {"RUN": "https://example.org/1", "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    done = ran(step("nightly", "Report"), cwd=tmp_path, commands=tmp_path, environment=environment)
    assert done.returncode == 1, done.stderr
    *_, (opened, body) = calls(tmp_path / "log")
    assert opened[:2] == ["issue", "create"]
    assert (
        f"Nightly: 1 law is violated on 1 of {len(matrix())} environments, {len(matrix()) - 1} inconclusive" in opened
    )
    assert "### `rule/weights`: silent wrong number\n" in body
    assert f"```python\n{FOUND}\n```" in body
    assert "https://example.org/1" in body
    assert body in (tmp_path / "summary").read_text()
