"""A user's own list of known defects, `--known FILE`: it excuses what it names, and nothing for longer than it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.subjects.own_list import BadList, read
from tests.unit.plugin.test_bad_input import assert_one_clear_line
from tests.unit.running import suite

ENTRY = """
[[known]]
law = "weights"
severity = "silent wrong number"
reason = "our issue 12"
"""

THEIRS = """
class TrapezoidOverN:
    def ig(self, *arguments, method="gausslegendre", n_steps=50, **options):
        from tests.subjects.textbook import Textbook
        share = (n_steps - 1) / n_steps if method == "riemann_trapezoid" else 1
        return share * Textbook.ig(*arguments, method=method, n_steps=n_steps, **options)
"""


def listed(folder: Path, text: str) -> Path:
    file = folder / "known.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[known]", "cannot be read"),
        ("known = 1", "must have tables [[known]]"),
        ("[known]\nlaw = 'weights'", "must have tables [[known]]"),
        (ENTRY.replace('"weights"', '"weigths"'), "entry 1: unknown law 'weigths'"),
        (ENTRY.replace("silent wrong", "wrong"), "unknown severity 'wrong number'; choose from unclear error, crash"),
        (ENTRY + "until = 2027-01-01", "unknown key 'until'; choose from law, severity, reason, case, expires"),
        (ENTRY.replace("reason", "# reason"), "reason is missing"),
        (ENTRY.replace('"our issue 12"', "12"), "reason must be a text; got 12"),
        (ENTRY + 'expires = "2027-01-01"', "expires must be a date such as 2027-01-31, without quotes"),
        (ENTRY + 'case = "a dict"', "weights has no case 'a dict'; it has none"),
        (ENTRY + ENTRY, "names weights more than once"),
    ],
)
def test_error_in_the_list_is_one_clear_line(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadList) as raised:
        read(listed(tmp_path, text))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_list_is_read_with_its_cases_and_dates(tmp_path: Path) -> None:
    expired, dated = read(
        listed(
            tmp_path,
            ENTRY + "expires = 2001-01-01" + ENTRY.replace("weights", "inputs_are_one_batch") + 'case = "no input"',
        )
    )
    assert expired.expired
    assert not dated.expired
    assert dated.case == "no input"


def test_empty_list_is_allowed(tmp_path: Path) -> None:
    assert read(listed(tmp_path, "")) == []


@pytest.mark.night
def test_error_in_the_list_is_a_usage_error_before_the_run(tmp_path: Path) -> None:
    file = listed(tmp_path, ENTRY.replace('"weights"', '"weigths"'))
    assert_one_clear_line(suite("--subject", "textbook", f"--known={file}", "-n", "2"), "--known", "'weigths'")


def judged(folder: Path, text: str) -> tuple[int, str, dict[str, Any]]:
    """Exit status, output and verdict of two laws about the rule on a subject with a wrong trapezoid."""
    (folder / "their_ig.py").write_text(THEIRS)
    options = (f"--known={listed(folder, text)}", f"--verdict-json={folder / 'json'}", "-n", "0")
    chosen = ("--subject", "their_ig:TrapezoidOverN", "-k", "test_laws and (rule/weights or rule/nodes)")
    done = suite(*chosen, *options, importable=folder)
    return done.returncode, done.stdout, json.loads((folder / "json").read_text())


@pytest.mark.night
def test_violation_on_the_list_is_counted_as_known(tmp_path: Path) -> None:
    status, said, verdict = judged(tmp_path, ENTRY)
    assert status == pytest.ExitCode.OK, said
    (law,) = [law for law in verdict["laws"] if law["law"] == "weights"]
    assert law["outcome"] == "known-defect"
    assert law["problems"] > 0
    assert law["shown"]["own list: weights"] > 0
    assert "own list: weights [silent wrong number] our issue 12; shown on " in said


@pytest.mark.night
def test_entry_whose_law_passes_fails_the_run(tmp_path: Path) -> None:
    status, said, verdict = judged(tmp_path, ENTRY + ENTRY.replace("weights", "nodes"))
    assert status == pytest.ExitCode.TESTS_FAILED
    assert verdict["wrong_predictions"] == ["own list: nodes passes in this run: delete the entry"]
    assert "WRONG: own list: nodes passes in this run: delete the entry" in said


@pytest.mark.parametrize(
    "entry", [ENTRY + "expires = 2001-01-01", ENTRY.replace("silent wrong number", "crash on a valid call")]
)
@pytest.mark.night
def test_expired_entry_and_another_severity_excuse_nothing(entry: str, tmp_path: Path) -> None:
    status, said, verdict = judged(tmp_path, entry)
    assert status == pytest.ExitCode.TESTS_FAILED, said
    assert [law["law"] for law in verdict["laws"] if law["outcome"] == "violated"] == ["weights"]
