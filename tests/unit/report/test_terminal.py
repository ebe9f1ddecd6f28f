"""What a run prints at its end: the answer first, no line that is too wide, colours on a terminal alone."""

from __future__ import annotations

import re
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from _pytest._io import TerminalWriter

from reference.laws import LAWS
from reference.violation import Severity
from tests.plugin.records import Record
from tests.report.terminal import MORE, WIDTH, lines
from tests.report.verdict import Verdict
from tests.unit.report.by_hand import SEEN, record, verdict, violation, witness
from tests.unit.running import CHECKOUT

LONGEST = max(LAWS, key=len)


def of_a_run(*more: Record) -> Verdict:
    """The verdict of a run that shows one line of each kind."""
    affected = Counter({"old-one": 4})
    quiet: dict[str, Any] = {"informative": 2, "silent": Counter({"the numbers compared are 0": 48})}
    found = [
        record(LONGEST, worst=0.0123, group="agreement"),
        record("partly", shown=affected, worst=0.0315, sharpness={"float64": Counter({"-13": 50})}, same=True),
        record("always", problems=0, shown=affected),
        record("hardly", shown=affected, **quiet),
        record("quiet", **quiet),
        record("another", problems=0, lacking=["refuses"]),
        *(witness(law, seen=True) for law in ("partly", "always", "hardly")),
        *SEEN,
    ]
    return verdict(*found, *more)


def test_default_lines_are_the_answer_and_what_needs_a_look() -> None:
    first, second, *others = [line.text for line in lines(of_a_run())]
    assert first.startswith("verdict   mine passes 1 of 6 laws, 1 more outside its known defects; 1 fail as known")
    assert "not informative: 2" in others
    assert "known defects witnessed: 3 of 3 (3 silent wrong number)" in others
    assert others[-1] == MORE
    assert not any(line.startswith(f"  {LONGEST}") for line in others), second


def test_details_show_each_law_and_each_known_defect() -> None:
    shown = [line.text for line in lines(of_a_run(), details=True)]
    assert [line for line in shown if line.startswith(f"  {LONGEST} ")]
    assert [line for line in shown if line.startswith("  old-one: off")]
    assert MORE not in shown


@pytest.mark.parametrize("details", [False, True])
def test_no_line_is_wider_than_a_hundred_columns(details: bool) -> None:
    broken = violation(Severity.WRONG_NUMBER, "reproducers/one-0.py")
    broken.message = "it is off by a lot " * 20
    broken.problem = f"Problem({'x' * 300})"
    worst = record(LONGEST, group="conventions", violation=broken, implied_by="quiet")
    found = [line.text for line in lines(of_a_run(worst), details=details)]
    assert [line for line in found if len(line) > WIDTH] == [f"      {broken.problem}"]


@pytest.mark.parametrize(
    ("made", "colour"),
    [
        (of_a_run(), "green"),
        (of_a_run(record("one", violation=violation(Severity.CRASH))), "red"),
        (verdict(record("one")), "yellow"),
    ],
    ids=["no violation", "a violation", "inconclusive"],
)
def test_answer_has_the_colour_of_the_outcome(made: Verdict, colour: str) -> None:
    assert next(iter(lines(made))).colour == colour


def test_each_colour_is_known_to_the_terminal() -> None:
    written = TerminalWriter(StringIO())
    for line in lines(of_a_run(record("one", violation=violation(Severity.CRASH))), details=True):
        written.markup(line.text, **({line.colour: True} if line.colour else {}))


def of_the_readme() -> Verdict:
    """A verdict with an entry of each kind that the README shows, but with other numbers."""
    by_step = Counter({"one-riemann-step": 1})
    in_place = Counter({"forward-in-place": 1, "forward-in-place-with-gradient": 1})
    length_first = Counter({"length-first": 7})
    severities = (Severity.WRONG_NUMBER, Severity.WRONG_SHAPE, Severity.CRASH, Severity.UNCLEAR_ERROR)
    witnesses = [witness("input_attribution", seen=True) for _ in severities]
    for one, severity in zip(witnesses, severities, strict=True):
        one.defect |= {"id": "one-riemann-step", "severity": str(int(severity)), "words": severity.words}
    found = [
        record("input_attribution", shown=by_step, sharpness={"float64": Counter({"-13": 1})}),
        record("length_first_output", problems=2, enough=3, shown=length_first),
        record("in_place_forward", problems=0, shown=in_place),
        record("nodes"),
        record("another", problems=0),
    ]
    return Verdict("captum", {}, [*found, *witnesses, *SEEN])


def masked(text: str) -> set[str]:
    """The entries without their numbers: continued lines are joined, and blanks in a row are one."""
    joined = re.sub(r"\n {6,}", " ", text)
    numberless = re.sub(r"\d+(\.\d+)?(e[+-]\d+)?", "N", joined)
    return {" ".join(line.split()) for line in numberless.splitlines()}


def test_readme_shows_what_a_run_prints() -> None:
    page = (CHECKOUT / "README.md").read_text(encoding="utf-8").partition("## What does a verdict look like?")[2]
    shown = re.sub(r"^.{4}", "", page.split("```\n")[1], flags=re.MULTILINE)
    printed = "\n".join(line.text for line in lines(of_the_readme(), details=True))
    assert len(masked(shown)) > 5
    assert masked(shown) <= masked(printed)
