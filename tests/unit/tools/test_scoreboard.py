"""The scoreboard says what the verdicts say, loads nothing, and shows any text as text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import pytest

from reference.laws import LAWS
from tests.plugin.night import some
from tests.report.parsing import problem_from
from tests.tools.scoreboard.__main__ import main
from tests.tools.scoreboard.badge import badge
from tests.tools.scoreboard.code import lines, smallest
from tests.tools.scoreboard.runs import Column, alone, columns
from tests.tools.scoreboard.worst import merged
from tests.unit.report.browser import NARROW, NEEDS_CHROMIUM, width_of
from tests.unit.report.test_html import NASTY, Tags

TRAPEZOID = "Problem(call=Call(method='riemann_trapezoid', n_steps=2))"
ON_GPT2 = "Problem(model=TinyGPT2(), data=Tokens(ids=((1,),), baseline=((0,),)))"


def law(name: str, outcome: str = "passes", **more: Any) -> dict[str, Any]:
    found = {
        "law": name,
        "outcome": outcome,
        "problems": 50,
        "informative": 40,
        "worst": 0.25,
        "defects": [],
        "beside_known": None,
        "families": {"bert": 50},
        "nearest": {"float64": {"used": 0.25, "problem": TRAPEZOID}},
        "counterexample": None,
        "severity": None,
        "message": None,
        "again": None,
    }
    return found | more


def violated(name: str, problem: str = TRAPEZOID, severity: str = "silent wrong number") -> dict[str, Any]:
    return law(
        name, "violated", counterexample=problem, severity=severity, message=f"got 1, {NASTY}", again="python -m …"
    )


def verdict(subject: str, *laws: dict[str, Any], date: str = "2026-01-01", **more: Any) -> dict[str, Any]:
    return {
        "subject": subject,
        "versions": {"torch": "2.13.0", "transformers": "5.23.0", "captum": "0.9.0"},
        "date": date,
        "declares": {},
        "canary": "3 of 3 faults seen",
        "inconclusive": None,
        "laws": list(laws),
        "known_defects": [],
        **more,
    }


BOTH = [verdict("captum", violated("weights"), law("nodes")), verdict("my:IG", law("weights"), law("nodes"))]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of two subjects, as a person makes it."""
    folder = tmp_path_factory.mktemp("verdicts")
    for number, one in enumerate(BOTH):
        (folder / f"{number}.json").write_text(json.dumps(one), encoding="utf-8")
    assert main([str(folder / "site"), *map(str, folder.glob("*.json"))]) == 0
    return folder / "site"


def column(*laws: dict[str, Any], **more: Any) -> Column:
    (found,) = columns([verdict("my:IG", *laws, **more)])
    return found


def test_every_link_inside_the_site_leads_to_a_file_and_nothing_is_loaded(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) == 1 + len(LAWS) + 2
    for page in pages:
        tags = Tags(page.read_text(encoding="utf-8"))
        assert tags.tags.isdisjoint({"script", "link", "img", "iframe", "object"})
        for target in tags.loaded:
            if not target.startswith("https://"):
                assert (page.parent / urldefrag(target).url).is_file(), f"{page}: {target}"


def test_text_of_a_subject_is_shown_as_text(site: Path) -> None:
    for name in ("laws/weights.html", "subjects/captum-0.9.0.html"):
        text = (site / name).read_text(encoding="utf-8")
        assert "&lt;script&gt;" in text
        assert "<script>" not in text


@NEEDS_CHROMIUM
@pytest.mark.parametrize("name", some(["index.html", "laws/weights.html", "subjects/captum-0.9.0.html"]))
def test_page_of_the_scoreboard_is_not_wider_than_a_telephone(name: str, site: Path, tmp_path: Path) -> None:
    assert width_of((site / name).read_text(encoding="utf-8"), tmp_path) <= NARROW


def test_law_that_one_subject_fails_and_another_passes_is_named(site: Path) -> None:
    found = columns(BOTH)
    assert alone("weights", found) == "captum"
    assert alone("nodes", found) is None
    assert alone("weights", found[:1]) is None  # nobody else was tried
    assert "only captum fails" in (site / "index.html").read_text(encoding="utf-8")


def test_most_severe_outcome_of_the_runs_of_one_version_counts() -> None:
    runs = [verdict("captum", law("nodes"), date="2026-02-01"), verdict("captum", violated("nodes"))]
    (found,) = columns(runs)
    assert (found.outcome("nodes"), found.date) == ("violated", "2026-02-01")


def test_law_that_fails_only_as_known_defects_predict_has_a_mark_of_its_own() -> None:
    known = {"defects": ["one"], "problems": 3}
    outside = column(law("nodes", "known-defect", beside_known="passes outside", **known))
    always = column(law("nodes", "known-defect", beside_known="fails", **known))
    assert (outside.mark("nodes"), always.mark("nodes"), always.mark("weights")) == ("◐", "✗", " ")


def test_family_of_a_failing_example_is_counted() -> None:
    assert column(violated("nodes", ON_GPT2)).families == {
        "bert": {"passed": 50, "failed": 0},
        "gpt2": {"passed": 0, "failed": 1},
    }


@pytest.mark.parametrize(
    ("laws", "colour"),
    [
        ([law("nodes")], "brightgreen"),
        ([law("nodes"), violated("weights", severity="crash on a valid call")], "orange"),
        ([law("nodes"), violated("weights")], "red"),
        ([], "lightgrey"),
    ],
)
def test_badge_has_the_fields_of_shields_and_the_colour_of_the_most_severe_failure(laws: Any, colour: str) -> None:
    found = badge(column(*laws))
    assert set(found) == {"schemaVersion", "label", "message", "color"}
    assert (found["schemaVersion"], found["color"]) == (1, colour)


def test_badge_of_an_inconclusive_run_is_grey() -> None:
    assert badge(column(law("nodes"), inconclusive="no canary")) | {"label": ""} == {
        "schemaVersion": 1,
        "label": "",
        "message": "inconclusive",
        "color": "lightgrey",
    }


def test_worst_keeps_the_larger_error_with_its_problem() -> None:
    first = merged({}, [verdict("captum", law("nodes"))])
    larger = law("nodes", nearest={"float64": {"used": 0.5, "problem": ON_GPT2}})
    smaller = law("nodes", nearest={"float64": {"used": 0.1, "problem": ON_GPT2}})
    assert merged(first, [verdict("captum", smaller)]) == first
    kept = merged(first, [verdict("captum", larger, date="2026-03-01")])["captum"]["nodes"]["float64"]
    assert (kept["used"], kept["problem"], kept["date"]) == (0.5, ON_GPT2, "2026-03-01")


@pytest.mark.parametrize("name", ["weights", "input_attribution"])
def test_code_of_a_law_runs_and_has_at_most_ten_lines(name: str) -> None:
    found = smallest(LAWS[name], [])
    assert found is not None
    code = lines(LAWS[name], found)
    assert len(code.splitlines()) <= 10
    exec(compile(code, name, "exec"), {})  # textbook without the fault passes


def test_code_of_a_failing_law_names_the_subject_that_fails() -> None:
    example = smallest(LAWS["weights"], columns(BOTH))
    assert example is not None
    assert example.problem == problem_from(TRAPEZOID)
    assert 'load("captum"))  # raises WrongWeights' in lines(LAWS["weights"], example)


def test_named_file_that_is_no_verdict_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.json").write_text("[]")
    assert main([str(tmp_path / "out"), str(tmp_path / "bad.json")]) == 2
    assert capsys.readouterr().err.startswith(f"scoreboard: {tmp_path / 'bad.json'} is no verdict")


def test_truncated_file_in_a_folder_is_skipped_with_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cut.json").write_text('{"subject": ')
    (tmp_path / "good.json").write_text(json.dumps(BOTH[0]))
    assert main([str(tmp_path / "out"), str(tmp_path)]) == 0
    assert "skipped" in capsys.readouterr().err
