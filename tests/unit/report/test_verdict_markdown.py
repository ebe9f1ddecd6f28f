"""The verdict as Markdown: its parts and their order, for a reviewer of a pull request."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reference.laws import laws_of
from reference.violation import Severity
from tests.plugin.records import Record, RecordedViolation
from tests.report.markdown import page
from tests.report.verdict import Verdict
from tests.report.words import running
from tests.unit.running import CHECKOUT, typed

SEEN = [Record(kind="canary", law="nodes", fault=name, seen=True) for name in "abc"]


def record(law: str, group: str = "value", *, problems: int = 50, **more: Any) -> Record:
    statement = f"{law} is right"
    return Record(
        kind="law", law=law, group=group, statement=statement, problems=problems, **{"informative": problems, **more}
    )


def violation(severity: Severity = Severity.WRONG_NUMBER, **more: Any) -> RecordedViolation:
    return RecordedViolation(
        **{
            "problem": "Problem()",
            "message": "it is off",
            "severity": int(severity),
            "words": severity.words,
            "name": "WrongThing",
            **more,
        }
    )


def witness(name: str, severity: Severity, *, seen: bool = True, **more: str) -> Record:
    defect = {
        "id": name,
        "effect": "off",
        "severity": str(int(severity)),
        "words": severity.words,
        "state": "reported",
        "modelled": "",
        "upstream": "https://github.com/meta-pytorch/captum/issues/1",
    }
    return Record(kind="witness", law="one", defect={**defect, **more}, seen=seen)


def shown(*records: Record) -> str:
    return page(Verdict("mine", {"torch": "2", "captum": "1"}, list(records)))


def rows(text: str) -> list[list[str]]:
    """The rows of all tables as cells, split as on GitHub: at each `|` without a backslash."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def positions(text: str, *parts: str) -> list[int]:
    return [text.index(part) for part in parts]


def test_page_begins_with_the_summary_and_the_versions() -> None:
    assert shown(record("one"), *SEEN).startswith(
        "## Verdict: mine passes 1 of 1 laws\n\nversions: torch 2, captum 1\n\n### Violations: none\n"
    )


def test_page_shows_violations_before_groups_and_known_defects() -> None:
    text = shown(
        record("unclear", violation=violation(Severity.UNCLEAR_ERROR)),
        record("number", violation=violation()),
        witness("old-one", Severity.CRASH),
        *SEEN,
    )
    order = ("Violations: 2", "`value/number`", "`value/unclear`", "| group |", "<details>", "Canary")
    assert positions(text, *order) == sorted(positions(text, *order))


def test_violation_has_law_statement_problem_and_script() -> None:
    text = shown(record("one", violation=violation(Severity.CRASH, reproducer="reproducers/one-0.py")), *SEEN)
    assert "#### `value/one`: crash on a valid call\n\none is right\n\n`it is off`\n" in text
    assert "\n```python\nProblem()\n```\n" in text
    assert f"Again: `{running('reproducers/one-0.py')}`" in text


def test_violation_without_a_script_has_the_replay_command() -> None:
    assert "Again: `python -m tests.tools.replay 'Problem()' --law one --subject mine`" in shown(
        record("one", violation=violation())
    )


def test_violation_of_a_corollary_names_the_primary_law() -> None:
    text = shown(record("first", violation=violation()), record("second", implied_by="first", violation=violation()))
    assert "#### `value/second`: silent wrong number, follows from `value" not in text
    assert "#### `value/second`: silent wrong number, follows from `first`" in text


def test_group_row_has_outcomes_problems_and_worst_error() -> None:
    text = shown(
        record("one", worst=0.25),
        record("two", problems=0),
        record("three", violation=violation()),
        record("other", "rule", problems=7, worst=0.5, by_error=Counter({"ValueError": 3})),
        *SEEN,
    )
    header, _, value, rule, everything = rows(text)
    assert header[1:5] == ["laws", "pass", "known defects", "violated"]
    assert value == ["value", "3", "1", "0", "1", "0", "1", "100", "100", "0", "0.25"]
    assert rule == ["rule", "1", "0", "0", "0", "1", "0", "7", "7", "3", "0.5"]
    assert everything == ["**all**", "4", "1", "0", "1", "1", "1", "107", "107", "3", "0.5"]


def test_known_defects_are_folded_away_most_severe_first() -> None:
    text = shown(record("one"), witness("small", Severity.UNCLEAR_ERROR), witness("great", Severity.WRONG_NUMBER))
    folded = text[text.index("<details>") : text.index("</details>")]
    assert "<summary>Known defects: 2 of 2 witnessed</summary>" in folded
    assert [row[1] for row in rows(folded)[2:]] == ["great", "small"]


def test_known_defect_does_not_mention_the_upstream_issue() -> None:
    """A link would add a mention to that issue."""
    text = shown(record("one"), witness("old-one", Severity.CRASH))
    assert "`meta-pytorch/captum/issues/1`" in text
    assert "://" not in text


def test_witness_that_passes_is_marked_and_in_the_headline() -> None:
    fixed = witness("old-one", Severity.CRASH, seen=False)
    fixed.fixed = True
    text = shown(record("one"), fixed, *SEEN)
    assert text.startswith("## Verdict: mine passes 1 of 1 laws; fixed upstream: old-one\n")
    assert "| **fixed upstream:** old-one |" in text


def test_witness_that_fails_in_another_way_is_marked() -> None:
    assert "**fails in another way:** old-one" in shown(record("one"), witness("old-one", Severity.CRASH, seen=False))


@pytest.mark.parametrize(
    ("canaries", "said"), [(SEEN, "3 of 3 faults seen"), (SEEN[:2], "2 of 3 faults seen"), ([], "not run")]
)
def test_headline_is_inconclusive_unless_the_canary_saw_all_faults(canaries: list[Record], said: str) -> None:
    text = shown(record("one"), *canaries)
    assert text.splitlines()[-1].endswith(f"must detect: {said}.")
    assert ("## Verdict: inconclusive" in text) == (len(canaries) < 3)


def test_test_that_failed_without_a_violation_is_named() -> None:
    made = Verdict("mine", {}, [record("one"), *SEEN], ["tests/b.py::two", "tests/a.py::one"])
    assert "- `tests/a.py::one` failed without naming a violation\n- `tests/b.py::two` failed" in page(made)


HOSTILE = "``` <b>|</b> `x` ````"


def test_hostile_text_stays_inside_its_block_or_cell() -> None:
    text = shown(
        record("one", violation=violation(problem=HOSTILE, message=HOSTILE)),
        witness("old-one", Severity.CRASH, effect="|h|² < 1, *not* `h`"),
        *SEEN,
    )
    assert f"\n`````python\n{HOSTILE}\n`````\n" in text
    assert f"\n````` {HOSTILE} `````\n" in text
    assert {len(row) for row in rows(text[text.index("<details>") :])} == {7}
    assert "\\|h\\|² \\< 1, \\*not\\* \\`h\\`" in text


THEIRS = """
class TrapezoidOverN:
    def ig(self, *arguments, method="gausslegendre", n_steps=50, **options):
        from tests.subjects.textbook import Textbook
        share = (n_steps - 1) / n_steps if method == "riemann_trapezoid" else 1
        return share * Textbook.ig(*arguments, method=method, n_steps=n_steps, **options)
"""

Run = tuple[Path, str, dict[str, Any]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Laws about the rule and the canary on a subject with a fault. Returns folder, Markdown and JSON."""
    folder = tmp_path_factory.mktemp("theirs")
    (folder / "their_ig.py").write_text(THEIRS)
    files = [f"--verdict-{kind}={folder / kind}" for kind in ("md", "json")]
    done = typed(
        *(
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            str(CHECKOUT / "tests/properties"),
            "-k",
            "test_laws and rule or canary",
        ),
        *("--subject", "their_ig:TrapezoidOverN", "-n", "0", *files),
        environment={"HYPOTHESIS_PROFILE": "smoke"},
        importable=folder,
        cwd=folder,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return folder, (folder / "md").read_text(encoding="utf-8"), json.loads((folder / "json").read_text())


@pytest.mark.night
def test_planted_fault_is_shown_with_its_law_and_problem(run: Run) -> None:
    _, text, found = run
    violated = next(law for law in found["laws"] if law["law"] == "weights")
    assert violated["outcome"] == "violated"
    assert text.startswith(f"## Verdict: their\\_ig:TrapezoidOverN fails 2 of {len(laws_of('rule'))} laws\n")
    assert "### Violations: 2\n\n#### `rule/weights`: silent wrong number\n\n" in text
    assert violated["counterexample"] == "Problem(call=Call(method='riemann_trapezoid', n_steps=2))"
    assert f"```python\n{violated['counterexample']}\n```" in text


@pytest.mark.night
def test_named_script_exists(run: Run) -> None:
    folder, text, found = run
    scripts = re.findall(r"Again: `PYTHONPATH=\S+ python (.*)`", text)
    assert len(scripts) == 2
    assert all((folder / script).is_file() for script in scripts)
    assert set(scripts) <= {law["reproducer"] for law in found["laws"]}


@pytest.mark.night
def test_table_has_the_numbers_of_the_json(run: Run) -> None:
    _, text, found = run
    _, _, rule, everything = rows(text)
    problems = sum(law["problems"] for law in found["laws"])
    worst = max(law["worst"] for law in found["laws"])
    laws = len(laws_of("rule"))
    informative = sum(law["informative"] for law in found["laws"])
    counted = ["rule", str(laws), str(laws - 2), "0", "2", "0", "0", str(problems), str(informative), "0"]
    assert rule == [*counted, f"{worst:.2g}"]
    assert everything[1:] == rule[1:]
    assert text.endswith(f"must detect: {found['canary']}.\n")
