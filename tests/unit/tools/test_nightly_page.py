"""The nightly page lists each environment, and each violated law once. An environment that did not run never passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from reference.violation import Severity
from tests.plugin.records import Record
from tests.report.verdict import Verdict
from tests.tools.nightly.__main__ import main
from tests.tools.nightly.environments import environments, matrix
from tests.tools.nightly.page import LONGEST, body, title
from tests.unit.report.test_verdict_markdown import HOSTILE, SEEN, positions, record, rows, violation, witness
from tests.unit.running import CHECKOUT, typed

ENVIRONMENTS = matrix()
FIRST, SECOND, *OTHERS = ENVIRONMENTS

VERSIONS = {"torch": "2", "captum": "1", "transformers": "3"}


def left(folder: Path, environment: str, *records: Record, attempt: int = 1) -> None:
    """Create the unpacked artifact of an environment."""
    artifact = folder / f"nightly-{environment}-{attempt}"
    artifact.mkdir()
    verdict = Verdict("captum", VERSIONS, list(records))
    (artifact / f"verdict-{environment}.json").write_text(json.dumps(verdict.as_json()))


def broken(law: str, severity: Severity = Severity.WRONG_NUMBER, problem: str = "Problem()", **more: Any) -> Record:
    return record(law, violation=violation(severity, problem=problem), **more)


def nightly(folder: Path, **found: list[Record]) -> str:
    """The page of a run with the records `first` and `second` in two environments; the others pass."""
    given = [
        found.get("first", [record("one")]),
        found.get("second", [record("one")]),
        *[[record("one")]] * len(OTHERS),
    ]
    for environment, records in zip(ENVIRONMENTS, given, strict=True):
        left(folder, environment, *records, *SEEN)
    return f"# {title(environments(folder))}\n\n{body(environments(folder))}"


def status_and_rows(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[str]]]:
    """The exit status, and the table's row for each environment."""
    status = main([str(folder)])
    _, _, *table = rows(capsys.readouterr().out)
    return status, {environment: row for environment, *row in table}


def test_nightly_without_violations_lists_every_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert nightly(tmp_path).startswith("# Nightly: no law is violated\n\n| environment |")
    row = ["torch 2, captum 1, transformers 3", "50", "0", "3 of 3 faults seen", ""]
    assert status_and_rows(tmp_path, capsys) == (0, dict.fromkeys(ENVIRONMENTS, row))


def test_violated_law_is_listed_once_at_its_most_severe(
    tmp_path: Path,
) -> None:
    text = nightly(
        tmp_path,
        first=[broken("one", Severity.CRASH, "P()")],
        second=[broken("one", problem="Problem(large=1)"), broken("one", problem="Problem(1)", method="b")],
    )
    assert text.startswith(f"# Nightly: 1 law is violated on 2 of {len(ENVIRONMENTS)} environments\n")
    assert text.endswith(
        f"### `value/one`: silent wrong number\n\non {FIRST}, {SECOND}: one is right\n\nOn {SECOND}: `it is off`\n\n"
        "```python\nProblem(large=1)\n```\n\n"
        f"Again: `tox exec -e {SECOND} -- python -m tests.tools.replay 'Problem(large=1)' --law one --subject captum`\n"
    )


def test_equally_severe_violation_shows_the_smaller_problem(tmp_path: Path) -> None:
    text = nightly(
        tmp_path, first=[broken("one", problem="Problem(1, 2)")], second=[broken("one", problem="Problem(1)")]
    )
    assert f"On {SECOND}: `it is off`\n\n```python\nProblem(1)\n```" in text
    assert "Problem(1, 2)" not in text


def test_script_is_named_with_the_environment_of_its_artifact(tmp_path: Path) -> None:
    text = nightly(tmp_path, second=[record("one", violation=violation(reproducer="reproducers/one-0.py"))])
    assert f"Script: `reproducers/one-0.py`, in the artifact of {SECOND}" in text


def test_violated_laws_are_sorted_by_severity_with_corollaries_last(tmp_path: Path) -> None:
    text = nightly(
        tmp_path,
        first=[broken("unclear", Severity.UNCLEAR_ERROR), broken("follows", implied_by="number")],
        second=[broken("crash", Severity.CRASH), broken("number")],
    )
    order = [f"### `value/{law}`" for law in ("number", "crash", "unclear", "follows")]
    assert positions(text, *order) == sorted(positions(text, *order))
    assert "### `value/follows`: silent wrong number, follows from `number`\n" in text


@pytest.mark.parametrize(
    ("records", "why"),
    [
        ([record("one"), *SEEN[:2]], "only 2 of 3 faults seen"),
        ([record("one")], "the canary was not run"),
        (SEEN, "the search ran no examples"),
        (None, "there is no verdict"),
    ],
    ids=["an unseen fault", "no canary", "the canary alone", "no verdict"],
)
def test_environment_without_a_conclusive_verdict_is_inconclusive(
    records: list[Record] | None, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for environment in ENVIRONMENTS[1:]:
        left(tmp_path, environment, record("one"), *SEEN)
    if records is not None:
        left(tmp_path, FIRST, *records)
    assert title(environments(tmp_path)) == "Nightly: no law is violated, 1 inconclusive"
    status, row = status_and_rows(tmp_path, capsys)
    assert status == 1
    assert row[FIRST][-1].startswith(f"inconclusive: {why}")


def test_truncated_verdict_is_inconclusive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nightly(tmp_path)
    (whole,) = tmp_path.rglob(f"verdict-{FIRST}.json")
    whole.write_text(whole.read_text()[:-9])
    status, row = status_and_rows(tmp_path, capsys)
    assert (status, row[FIRST][-1]) == (1, "inconclusive: there is no verdict")


def test_missing_folder_is_inconclusive_for_every_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, row = status_and_rows(tmp_path / "nothing", capsys)
    assert (status, {remark for *_, remark in row.values()}) == (1, {"inconclusive: there is no verdict"})


@pytest.mark.parametrize(("fixed", "said"), [(True, "fixed upstream"), (False, "fails in another way")])
def test_known_defect_that_does_not_fail_as_recorded_is_named(
    fixed: bool, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = witness("old-one", Severity.CRASH, seen=False)
    stale.fixed = fixed
    nightly(tmp_path, first=[record("one"), stale])
    status, row = status_and_rows(tmp_path, capsys)
    assert (status, row[FIRST][-1]) == (1, f"{said}: old-one")


def test_later_of_two_attempts_counts(tmp_path: Path) -> None:
    nightly(tmp_path, first=[broken("one")])
    left(tmp_path, FIRST, record("one"), *SEEN, attempt=2)
    assert title(environments(tmp_path)) == "Nightly: no law is violated"


def test_environment_outside_the_matrix_is_listed(tmp_path: Path) -> None:
    nightly(tmp_path)
    left(tmp_path, "py314-torch3", broken("one"), *SEEN)
    assert f"1 law is violated on 1 of {len(ENVIRONMENTS) + 1} environments" in title(environments(tmp_path))


def test_page_fits_into_an_issue_and_names_the_omitted_laws(tmp_path: Path) -> None:
    names = [f"law_{number}" for number in range(100)]
    text = nightly(tmp_path, first=[broken(name, problem=f"Problem({'x' * 2000})") for name in names])
    section = text.split("### ")[1]
    assert len(text) <= LONGEST < len(text) + len(section)
    shown = [name for name in names if f"### `value/{name}`" in text]
    assert 0 < len(shown) < len(names)
    assert f"{len(names) - len(shown)} more are only in the verdicts" in text
    assert all(f"`value/{name}`" in text for name in names)


def test_page_links_to_the_run_if_it_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path), "--run", "https://example.org/1"])
    assert "reproducers and examples: https://example.org/1\n\n| environment |" in capsys.readouterr().out


def test_hostile_text_stays_inside_its_block_or_cell(tmp_path: Path) -> None:
    hostile = record("one", violation=violation(problem=HOSTILE, message=HOSTILE))
    text = nightly(tmp_path, first=[hostile, witness("a|b", Severity.CRASH, seen=False)])
    assert f"\n`````python\n{HOSTILE}\n`````\n" in text
    assert f"\nOn {FIRST}: ````` {HOSTILE} `````\n" in text
    assert {len(row) for row in rows(text) if row[0] in ("environment", *ENVIRONMENTS)} == {6}


def test_nightly_page_needs_only_python(tmp_path: Path) -> None:
    done = typed("-S", "-m", "tests.tools.nightly", str(tmp_path), environment={}, cwd=CHECKOUT)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"# Nightly: no law is violated, {len(ENVIRONMENTS)} inconclusive\n")
