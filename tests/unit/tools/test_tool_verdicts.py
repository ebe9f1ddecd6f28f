"""The verdicts of tools: which subjects and options are run, and that each known defect is shown by its script."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.subjects.known_defects import entries_of
from tests.tools import reproducers, tool_verdicts


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Sequence[str]]:
    """The commands that are run. Each of them ends with status 0."""
    found: list[Sequence[str]] = []

    def record(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        found.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", record)
    return found


def test_value_of_an_option_is_no_subject(runs: list[Sequence[str]], tmp_path: Path) -> None:
    """The nightly run passes `--hypothesis-profile nightly --time-box 30`."""
    options = ["--hypothesis-profile", "nightly", "--time-box", "30"]
    assert tool_verdicts.main([str(tmp_path), "ferret", "inseq", *options]) == 0
    tried = [run[run.index("--subject") + 1] for run in runs if "--subject" in run]
    assert tried == ["ferret", "inseq"]
    assert all(list(run[-4:]) == options for run in runs if "--subject" in run)


def test_reproducers_of_each_subject_are_run(runs: list[Sequence[str]], tmp_path: Path) -> None:
    tool_verdicts.main([str(tmp_path), "ferret", "inseq", "-q"])
    assert [list(run[-2:]) for run in runs if "tests.tools.reproducers" in run] == [
        ["ferret", str(tmp_path / "ferret")],
        ["inseq", str(tmp_path / "inseq")],
    ]


@pytest.mark.night
@pytest.mark.parametrize(("subject", "status"), [("captum", 0), ("textbook", 1)])
def test_reproducers_fail_if_a_script_does_not_show_its_defect(
    subject: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The defect is captum's. Textbook does not have it, so its script passes."""
    (trapezoid,) = (defect for defect in entries_of("captum") if defect.id == "trapezoid-weights")
    monkeypatch.setattr(reproducers, "defects_of", lambda _: [trapezoid])
    assert reproducers.main([subject, str(tmp_path)]) == status
    said = capsys.readouterr().out
    assert said.startswith("does not show trapezoid-weights" if status else "shows trapezoid-weights")
    assert ("the law passes" in said) == bool(status)
    assert "captum==" in next(tmp_path.glob("weights-*.py")).read_text(encoding="utf-8")


def test_reproducers_of_an_unknown_subject_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert reproducers.main(["nobody", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err[:36]) == ("", "reproducers: unknown subject 'nobody")
    assert said.err.count("\n") == 1
