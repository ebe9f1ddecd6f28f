"""Profile pr mixes the problems of every run with fresh ones, and says how to draw the fresh ones again."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.records import Record
from tests.report.markdown import page
from tests.report.terminal import lines
from tests.report.verdict import Verdict
from tests.unit.running import suite

SUBJECT = """
from pathlib import Path

from tests.subjects.textbook import Textbook


class Telling(Textbook):
    '''Writes down what it is called with.'''

    name = "telling"

    def ig(self, forward, inputs, *given, **options):
        with Path(__file__).with_suffix(".txt").open("a") as file:
            file.write(f"{options['method']} {options['n_steps']} {inputs.dtype}\\n")
        return Textbook.ig(forward, inputs, *given, **options)
"""


def run(folder: Path, seed: str, profile: str = "pr", workers: str = "0") -> tuple[list[str], dict[str, Any], str]:
    """The calls of a run of one test of `nodes` and its fresh twin, sorted; the verdict, and what was printed."""
    folder.mkdir(exist_ok=True)
    (folder / "telling.py").write_text(SUBJECT)
    calls, verdict = folder / "telling.txt", folder / "verdict.json"
    calls.unlink(missing_ok=True)
    done = suite(
        *("-n", workers, "--subject", "telling:Telling", "--hypothesis-profile", profile, *([seed] if seed else [])),
        *("-k", "test_laws and nodes-gausslegendre", f"--verdict-json={verdict}"),
        PYTHONPATH=str(folder),
    )
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    return sorted(calls.read_text().splitlines()), json.loads(verdict.read_text()), done.stdout


@pytest.mark.night
def test_seed_of_a_run_draws_its_fresh_problems_again(tmp_path: Path) -> None:
    calls, verdict, printed = run(tmp_path, "")
    (law,) = verdict["laws"]
    assert (law["problems"], verdict["same_problems"]) == (20, 10)
    (seed,) = set(re.findall(r"--fresh-seed=\d+", printed))
    assert seed == verdict["fresh"]
    assert run(tmp_path, seed, workers="1")[0] == calls
    assert run(tmp_path, "--fresh-seed=0")[0] != calls


@pytest.mark.night
def test_all_problems_of_smoke_are_the_same_in_every_run(tmp_path: Path) -> None:
    calls, verdict, printed = run(tmp_path, "", profile="smoke")
    assert (verdict["same_problems"], verdict["fresh"]) == (5, None)
    assert run(tmp_path, "", profile="smoke")[0] == calls
    assert "5 of 5 are the same in every run; a subject could have memorised them" in printed


def verdict_of(*same: bool) -> Verdict:
    records = [Record("law", "nodes", "rule", problems=3, informative=3, same=one) for one in same]
    return Verdict("mine", {}, records, fresh="--fresh-seed=7")


def test_verdict_counts_the_problems_that_are_the_same_in_every_run() -> None:
    said = "3 of 6 are the same in every run; the others are drawn again by --fresh-seed=7"
    verdict = verdict_of(True, False)
    assert f"problems  {said}" in [line.text for line in lines(verdict)]
    assert f"Problems: {said}." in page(verdict)


def test_verdict_of_random_problems_says_nothing_of_sameness() -> None:
    verdict = verdict_of(False, False)
    assert "same in every run" not in "".join(line.text for line in lines(verdict)) + page(verdict)


def test_run_in_which_only_laws_of_the_stack_pass_is_inconclusive() -> None:
    stack = Record("law", "forward_of_bert", "stack", problems=50, informative=50)
    canaries = [Record("canary", "nodes", fault=str(number), seen=True) for number in range(3)]
    lacking = Record("law", "nodes", "rule", lacking=["ig"])
    assert "no law was tried" in Verdict("scores", {}, [stack, lacking, *canaries]).inconclusive
