"""The verdict of a whole run, as JSON and on a terminal: the same with any number of workers."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from reference.laws import LAWS, laws_of
from tests.report.law_verdict import OUTCOMES
from tests.unit.running import suite

ONLY_IG = """
class OnlyIg:
    def ig(self, *arguments, **options):
        from tests.subjects.textbook import Textbook
        return Textbook.ig(*arguments, **options)
"""

Shown = tuple[subprocess.CompletedProcess[str], dict[str, Any]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shown, Shown]:
    """Laws about the rule, and one that needs `lig`, on a subject without `lig`: in one process and in two workers."""
    folder = tmp_path_factory.mktemp("subject")
    (folder / "their_ig.py").write_text(ONLY_IG)

    def run(workers: int) -> Shown:
        file = folder / f"{workers}.json"
        options = ("-vv", "--subject", "their_ig:OnlyIg", "-n", str(workers), "--verdict-json", str(file))
        chosen = ("--hypothesis-profile", "smoke", "-k", "test_laws and (rule or layer_delta)")
        done = suite(*options, *chosen, importable=folder, HYPOTHESIS_PROFILE="dev")
        assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
        return done, json.loads(file.read_text())

    return run(0), run(2)


@pytest.mark.night
def test_verdict_is_the_same_from_one_process_and_two_workers(runs: tuple[Shown, Shown]) -> None:
    (_, alone), (_, spread) = runs
    assert alone == spread


@pytest.mark.night
def test_verdict_as_json_has_the_documented_keys(runs: tuple[Shown, Shown]) -> None:
    (_, shown), _ = runs
    assert {"subject", "versions", "canary", "laws"} <= set(shown)
    problems = {law["law"]: law["problems"] for law in shown["laws"]}
    assert set(problems) == {*(law.name for law in laws_of("rule")), "layer_delta"}
    assert (problems["nodes"], problems["layer_delta"]) == (5 * 5, 0)  # smoke: five for each method
    for law in shown["laws"]:
        assert {"law", "group", "outcome", "problems", "worst", "defects", "reproducer"} <= set(law)
        assert law["outcome"] in OUTCOMES
        assert law["by_answer"] + law["by_error"] == law["problems"] >= law["informative"]
        assert law["group"] == LAWS[law["law"]].group


@pytest.mark.night
def test_law_whose_method_the_subject_lacks_is_not_applicable(runs: tuple[Shown, Shown]) -> None:
    for done, shown in runs:
        outcomes = {law["law"]: law["outcome"] for law in shown["laws"]}
        assert outcomes == {**{law.name: "passes" for law in laws_of("rule")}, "layer_delta": "not-applicable"}
        assert re.search(r"\n  layer_delta .*\n +not applicable: the subject has no lig\n", done.stdout)
        assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.night
def test_run_without_its_canary_is_inconclusive(runs: tuple[Shown, Shown]) -> None:
    for done, shown in runs:
        assert shown["inconclusive"] == "the canary was not run"
        assert "verdict   inconclusive: the canary was not run" in done.stdout
