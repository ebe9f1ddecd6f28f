"""The verdict: when a law passes, the order of violations, and the same result with any number of workers."""

from __future__ import annotations

import json
import math
import re
import subprocess
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from reference.laws import LAWS, laws_of
from reference.observing import AcceptedError, Comparison, Event, Returned
from reference.oracle.quadrature import METHODS
from reference.violation import Severity
from tests.plugin.records import Ledger, Record, RecordedViolation
from tests.plugin.reporting import Gatherer
from tests.report import terminal
from tests.report.law_verdict import OUTCOMES
from tests.report.markdown import page
from tests.report.markup import escaped
from tests.report.verdict import Verdict
from tests.report.words import running
from tests.unit.running import suite

SEEN = [Record(kind="canary", law="nodes", fault=name, seen=True) for name in "abc"]


def record(law: str, *, problems: int = 50, **more: Any) -> Record:
    return Record(kind="law", law=law, problems=problems, **{"group": "value", "informative": problems, **more})


def violation(severity: Severity, reproducer: str | None = None) -> RecordedViolation:
    return RecordedViolation("Problem()", "it is off", int(severity), severity.words, "WrongThing", reproducer)


def witness(law: str, *, seen: bool, fixed: bool = False) -> Record:
    defect = {
        "id": "old-one",
        "effect": "off",
        "severity": "4",
        "words": "silent wrong number",
        "state": "open",
        "modelled": "",
        "upstream": "unreported",
    }
    return Record(kind="witness", law=law, defect=defect, seen=seen, fixed=fixed)


def verdict(*records: Record) -> Verdict:
    return Verdict("mine", {"torch": "2"}, list(records))


def outcome(*records: Record) -> str:
    (law,) = verdict(*records).laws
    return law.outcome


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of words do not depend on the place where a line ends."""
    monkeypatch.setattr(terminal, "WIDTH", 10_000)


def printed(made: Verdict, *, details: bool = True) -> list[str]:
    """The lines of the verdict on a terminal: with `-v` unless told otherwise."""
    return [line.text for line in terminal.lines(made, details=details)]


def text(*records: Record) -> str:
    return "\n".join(printed(verdict(*records)))


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


def test_run_whose_laws_all_say_nothing_is_inconclusive() -> None:
    made = verdict(record("one", informative=9), record("two", problems=0), *SEEN)
    assert made.inconclusive == "no law was tried on enough informative problems: 1 not applicable, 1 not informative"
    assert printed(made)[0] == f"verdict   inconclusive: {made.inconclusive}"
    assert not verdict(record("one", informative=9), record("two"), *SEEN).inconclusive


@pytest.mark.parametrize(("informative", "status"), [(0, pytest.ExitCode.TESTS_FAILED), (50, pytest.ExitCode.OK)])
def test_run_that_says_nothing_ends_with_a_failure(informative: int, status: int) -> None:
    session: Any = SimpleNamespace(shouldfail=False, shouldstop=False, exitstatus=pytest.ExitCode.OK)
    made = verdict(record("one", informative=informative), *SEEN)
    Gatherer(made).pytest_sessionfinish(session, pytest.ExitCode.OK)
    assert session.exitstatus == status


SILENT: dict[str, Any] = {"silent": Counter({"the numbers compared are 0": 13})}
BY_ERROR: dict[str, Any] = {"by_error": Counter({"ValueError: layer": 10, "ValueError: module": 3})}
NOT_APPLIED: dict[str, Any] = {"problems": 39, "not_applicable": Counter({"not finite": 14})}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (SILENT, "value/one: 13 of 50 problems said nothing: the numbers compared are 0 (13)"),
        (
            BY_ERROR,
            "value/one: 13 of 50 problems passed by errors only: ValueError: layer (10), ValueError: module (3)",
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


def compared(*sharpness: float) -> Comparison:
    return Comparison("it", 0.5, sharpness, 0.01)


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ([compared(0.02, 0.001), Returned("call")], ""),
        ([compared(0.001), compared(0.02, math.inf)], "the budget is not below 1/100 of the largest number compared"),
        ([compared(0.001), compared(math.inf, math.inf)], "the numbers compared are 0"),
        ([AcceptedError("call", "ValueError: it")], "no call returned a result"),
        ([AcceptedError("call", "ValueError: it"), Returned("another")], ""),
        ([], "no call returned a result"),
    ],
)
def test_problem_informs_if_each_comparison_informs_or_a_call_returned(seen: list[Event], why: str) -> None:
    made = record("one", problems=0)
    made.passed("float64", seen)
    assert (made.problems, made.informative, [*made.silent]) == (1, int(not why), [why] if why else [])


def test_problem_passes_by_error_if_nothing_is_compared() -> None:
    made = record("one", problems=0)
    for error in ("ValueError: target 3", "ValueError: target 45"):
        made.passed("float64", [AcceptedError("call", error), Returned("the valid call")])
    made.passed("float64", [AcceptedError("call", "ValueError: target 3"), compared(0.001)])
    assert made.by_error == {"ValueError: target N": 2}
    assert made.worst == 0.5
    (law,) = verdict(made).laws
    assert (law.problems, law.by_error, law.as_json("mine")["by_answer"]) == (3, 2, 1)


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


@pytest.mark.parametrize(
    ("canaries", "why"),
    [
        ([], "the canary was not run"),
        (SEEN[:2], "only 2 of 3 faults seen"),
        ([*SEEN[:2], Record(kind="canary", law="nodes", fault="c", seen=False)], "only 2 of 3 faults seen"),
    ],
    ids=["no canary", "two canaries", "an unseen fault"],
)
def test_run_that_misses_a_planted_fault_is_inconclusive(canaries: list[Record], why: str) -> None:
    made = verdict(record("one"), *canaries)
    assert made.inconclusive.startswith(why)
    assert printed(made)[0].startswith(f"verdict   inconclusive: {why}")
    assert made.as_json()["inconclusive"] == made.inconclusive


def failed(test: str, *records: Record) -> Verdict:
    """The verdict of a run in which that test failed without a violation."""
    made = verdict(*records)
    report = SimpleNamespace(when="call", failed=True, nodeid=test, user_properties=[])
    Gatherer(made).pytest_runtest_logreport(report)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    "test",
    ["tests/properties/test_laws.py::test_primary_law_passes[rule/nodes]", "their_tests/test_ig.py::test_law"],
    ids=["a law of this checkout", "a law in somebody's own tests"],
)
def test_law_test_that_fails_without_a_violation_is_inconclusive(test: str) -> None:
    assert failed(test, record("one"), *SEEN).inconclusive == "1 test failed without naming a violation"


def test_inconclusive_verdict_counts_the_violations_that_were_found() -> None:
    made = verdict(record("one", violation=violation(Severity.CRASH)), record("two"), *SEEN[:2])
    assert printed(made)[0].endswith("; mine fails 1 of 2 laws")


@pytest.mark.parametrize(
    "test", ["tests/unit/tools/test_tables.py::test_tables", "tests/upstream/test_1132.py::test_answer"]
)
def test_failed_suite_test_is_counted_in_the_last_line(test: str) -> None:
    made = failed(test, record("one"), *SEEN)
    assert not made.inconclusive
    assert made.as_json()["elsewhere"] == [test]
    assert printed(made)[0] == "verdict   mine passes 1 of 1 laws; 1 test of the suite itself failed"


def test_worker_dying_in_a_suite_test_leaves_the_verdict() -> None:
    test, made = "tests/unit/tools/test_tables.py::test_tables", failed("tests/unit/a.py::test", record("one"), *SEEN)
    Gatherer(made).pytest_handlecrashitem(test)
    assert not made.inconclusive
    assert made.summary == "mine passes 1 of 1 laws; 2 tests of the suite itself failed"


@pytest.mark.parametrize(
    ("status", "stopped", "why"),
    [
        (pytest.ExitCode.INTERRUPTED, False, "the run was interrupted"),
        (pytest.ExitCode.INTERNAL_ERROR, False, "the run was interrupted"),
        (pytest.ExitCode.TESTS_FAILED, "stopping after 1 failures", "the run ended early: stopping after 1 failures"),
        (pytest.ExitCode.OK, False, ""),
        (pytest.ExitCode.TESTS_FAILED, False, ""),
    ],
    ids=["interrupted", "internal error", "ended by -x", "passed", "failed"],
)
def test_run_that_ended_early_is_inconclusive(status: int, stopped: object, why: str) -> None:
    made = verdict(record("one"), *SEEN)
    Gatherer(made).pytest_sessionfinish(SimpleNamespace(shouldfail=stopped, shouldstop=False), status)  # type: ignore[arg-type]
    assert made.inconclusive == why


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


def test_record_is_the_same_after_a_worker_sent_it() -> None:
    sent = record("one", violation=violation(Severity.CRASH), lacking=["lig"], share=0.5)
    sent.shown["old-one"] += 2
    sent.unshown["old-one"] += 1
    sent.not_applicable["not finite"] += 1
    sent.silent["the numbers compared are 0"] += 3
    sent.by_error["ValueError: target"] += 4
    sent.add_sharpness("float64", [1e-13, 2e-13, 0.0])
    assert Record.loaded(sent.dumped()) == sent
    assert sent.sharpness == {"float64": {"-13": 2}}


def test_test_keeps_one_record_over_all_examples() -> None:
    ledger = Ledger()
    first = ledger.open(record("one"))
    assert ledger.open(record("one")) is first
    assert ledger.close() is first
    assert ledger.close() is None


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
