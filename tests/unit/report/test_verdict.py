"""When a law passes, what a run warns about, known defects, and the order of violations."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from reference.oracle.quadrature import METHODS
from reference.violation import Severity
from tests.report.markdown import page
from tests.report.markup import escaped
from tests.report.words import running
from tests.unit.report.by_hand import SEEN, outcome, printed, record, text, verdict, violation, witness


def test_law_passes_if_problems_ran_and_none_failed() -> None:
    assert outcome(record("one")) == "passes"


@pytest.mark.parametrize("why", [{}, {"lacking": ["lig"]}], ids=["no problem was tried", "the subject lacks lig"])
def test_law_without_a_problem_is_not_applicable(why: dict[str, Any]) -> None:
    assert outcome(record("one", problems=0, **why)) == "not-applicable"
    assert "passes 1 of 2 laws; 1 not applicable" in text(record("one", problems=0, **why), record("two"), *SEEN)


@pytest.mark.parametrize(("informative", "outcomes"), [(9, "not-informative"), (10, "passes")])
def test_law_passes_on_enough_informative_problems_only(informative: int, outcomes: str) -> None:
    assert outcome(record("one", informative=informative)) == outcomes
    several = [record("one", informative=part, method=method) for part, method in ((informative, "a"), (0, "b"))]
    assert outcome(*several) == outcomes


def test_law_with_few_problems_needs_few_informative_ones() -> None:
    assert outcome(record("one", problems=3, enough=3)) == "passes"
    assert outcome(record("one", problems=2, enough=3)) == "not-informative"


def test_violation_counts_without_informative_problems() -> None:
    assert outcome(record("one", problems=0, violation=violation(Severity.CRASH))) == "violated"


SILENT: dict[str, Any] = {"silent": Counter({"the numbers compared are 0": 13})}
BY_ERROR: dict[str, Any] = {"by_error": Counter({"ValueError: layer": 10, "ValueError: module": 3})}
NOT_APPLIED: dict[str, Any] = {"problems": 39, "not_applicable": Counter({"not finite": 14})}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (SILENT, "value/one: 13 of 50 problems were not informative: the numbers compared are 0 (13)"),
        (
            BY_ERROR,
            "value/one: 13 of 50 problems passed by errors alone: ValueError: layer (10), ValueError: module (3)",
        ),
        (NOT_APPLIED, "value/one: 14 of 53 problems did not apply: not finite (14)"),
    ],
    ids=["silent", "by error", "not applied"],
)
def test_run_warns_if_a_quarter_of_the_problems_says_too_little(more: dict[str, Any], said: str) -> None:
    shown = verdict(record("one", **more), *SEEN)
    assert [str(warned) for warned in shown.warnings] == [said]
    assert f"  {said}" in printed(shown, details=False)
    assert said.split(":")[0] in page(shown)
    assert shown.as_json()["laws"][0]["warnings"][0]["text"] == said
    assert not verdict(record("one", **{**more, "problems": 60})).warnings


@pytest.mark.parametrize("law", ["n_steps_positive", "cut_gradient"])
def test_errors_are_no_reason_to_warn_about_a_law_that_expects_them(law: str) -> None:
    assert verdict(record("shared_mask", **BY_ERROR)).warnings
    assert not verdict(record(law, **BY_ERROR)).warnings


def test_method_that_was_not_tried_is_named() -> None:
    tried = [record("one", method=method) for method in METHODS[:-2]]
    excluded = record("one", problems=0, method=METHODS[-2])
    excluded.not_applicable["not finite"] += 1
    (law,) = verdict(*tried, excluded).laws
    assert law.as_json("mine")["not_tried"] == {METHODS[-2]: "not finite", METHODS[-1]: "not run"}
    said = f"not tried with {METHODS[-2]} (not finite), {METHODS[-1]} (not run)"
    assert f"passes; {said}" in text(*tried, excluded)
    assert escaped(said) in page(verdict(*tried, excluded))
    assert not verdict(record("one")).laws[0].not_tried


def test_laws_that_need_refuses_are_counted_in_one_line() -> None:
    lacking = [record(law, problems=0, lacking=["refuses"], method=method) for law in "ab" for method in ("m", "n")]
    said = "2 laws are not applicable, because the subject does not declare `refuses = True`"
    shown, undeclared = verdict(record("one"), *lacking), verdict(record("one"))
    assert [line for line in printed(shown, details=False) if "refuses = True" in line] == [
        f"errors    {said} (reference/subject.py)"
    ]
    assert f"\n{said}.\n" in page(shown)
    assert "refuses = True" not in page(undeclared) + "".join(printed(undeclared))


def test_law_with_one_violation_is_violated() -> None:
    broken = record("one", method="gausslegendre", violation=violation(Severity.CRASH))
    assert outcome(record("one"), broken, witness("one", seen=True)) == "violated"


def test_law_with_a_witnessed_defect_does_not_pass() -> None:
    assert outcome(record("one"), witness("one", seen=True)) == "known-defect"


def test_law_that_fails_as_known_on_every_problem_is_counted_and_not_skipped() -> None:
    shown = text(record("one", problems=0, shown=Counter({"old-one": 50})), witness("one", seen=True), *SEEN)
    assert "fails: known defect (old-one: 50)" in shown
    assert "old-one: off (unreported); shown on 50 problems" in shown
    assert shown.startswith("verdict   mine passes 0 of 1 laws; 1 fail as known on every problem\n")


def test_law_that_fails_as_known_on_some_problems_passes_outside_the_defect() -> None:
    shown = text(record("one", shown=Counter({"old-one": 7})), witness("one", seen=True), *SEEN)
    assert "passes outside known defect (old-one: 7)" in shown
    assert shown.startswith("verdict   mine passes 0 of 1 laws, 1 more outside its known defects\n")


def test_law_that_a_known_defect_leaves_untried_is_reported() -> None:
    shown = text(record("one", problems=0), witness("one", seen=True), *SEEN)
    assert shown.startswith("verdict   mine passes 0 of 1 laws; 1 not tried, because of known defects\n")


def test_wrong_prediction_is_reported_and_conclusive() -> None:
    wrong = record("one", wrong_prediction="known defect old-one predicts a crash, which passes")
    assert wrong.explains_failure
    shown = text(wrong, *SEEN)
    assert "WRONG: known defect old-one predicts a crash, which passes" in shown
    assert shown.split("\n")[0].endswith("; 1 known defect to delete or narrow")


def test_known_defects_are_listed_by_severity_and_state() -> None:
    assert "\nsilent wrong number: 1 (1 open)\n  old-one: off" in text(record("one"), witness("one", seen=True))


def test_witness_that_fails_in_another_way_excuses_nothing() -> None:
    assert outcome(record("one"), witness("one", seen=False)) == "passes"
    assert "FAILS IN ANOTHER WAY: old-one" in text(record("one"), witness("one", seen=False))


def test_witness_that_passes_is_reported_as_fixed_upstream() -> None:
    fixed = witness("one", seen=False, fixed=True)
    assert outcome(record("one"), fixed) == "passes"
    assert "FIXED UPSTREAM: old-one" in text(record("one"), fixed)
    assert text(record("one"), fixed, *SEEN).startswith("verdict   mine passes 1 of 1 laws; fixed upstream: old-one\n")


def test_violations_are_sorted_by_severity_with_corollaries_last() -> None:
    shown = verdict(
        record("unclear", violation=violation(Severity.UNCLEAR_ERROR)),
        record("follows", violation=violation(Severity.WRONG_NUMBER), implied_by="number"),
        record("shape", violation=violation(Severity.WRONG_SHAPE)),
        record("holding"),
        record("number", violation=violation(Severity.WRONG_NUMBER)),
        record("crash", violation=violation(Severity.CRASH)),
    )
    assert [law.law for law in shown.violated] == ["number", "shape", "crash", "unclear", "follows"]


def test_law_shows_its_most_severe_violation() -> None:
    (law,) = verdict(
        record("one", violation=violation(Severity.CRASH)),
        record("one", violation=violation(Severity.WRONG_NUMBER)),
        record("one", violation=violation(Severity.UNCLEAR_ERROR)),
    ).laws
    assert law.as_json("mine")["severity"] == "silent wrong number"


def test_violation_is_shown_with_its_problem_and_its_script() -> None:
    shown = text(record("one", violation=violation(Severity.CRASH, "reproducers/one-0.py")), *SEEN)
    assert "[crash on a valid call] value/one: it is off" in shown
    assert f"\n      Problem()\n      {running('reproducers/one-0.py')}\n" in shown
    assert shown.startswith("verdict   mine fails 1 of 1 laws\n")
