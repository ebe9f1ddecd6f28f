"""The HTML report holds the whole verdict in one file, and shows any text as text."""

from __future__ import annotations

import re
import shlex
from html.parser import HTMLParser

import pytest

from tests.plugin.records import Record, RecordedViolation
from tests.report.html import page
from tests.report.verdict import Verdict
from tests.report.words import readable

NASTY = "<script>alert('x')</script> & \"quotes\" مرحبا"


def violated(law: str, severity: int = 4, implied_by: str | None = None) -> Record:
    found = RecordedViolation(f"Problem({NASTY})", f"got nan, {NASTY}", severity, "silent wrong number", "Wrong")
    return Record(kind="law", law=law, group="value", statement=NASTY, implied_by=implied_by, violation=found)


def passed(law: str) -> Record:
    record = Record(kind="law", law=law, group="rule", statement="Nodes.", problems=50, informative=40, worst=0.25)
    record.add_sharpness("float32", (1e-5, 2e-4))
    record.add_sharpness("float64", (1e-12,))
    return record


def verdict(*records: Record, canaries: int = 3) -> Verdict:
    canary = [Record(kind="canary", law="nodes", fault=f"fault {k}", seen=True) for k in range(canaries)]
    return Verdict(NASTY, {"torch": "2.13.0"}, [*records, *canary])


class Tags(HTMLParser):
    """The tags of a page, and whatever it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loaded += [f"{name}={value}" for name, value in attrs if name in ("src", "srcset", "action", "data")]
        self.loaded += [str(value) for name, value in attrs if name == "href" and not str(value).startswith("#")]


def test_page_loads_nothing_and_runs_nothing() -> None:
    found = Tags(page(verdict(violated("a"), passed("b"))))
    assert found.loaded == []
    assert found.tags.isdisjoint({"script", "link", "img", "iframe", "object"})


def test_text_from_outside_is_shown_as_text() -> None:
    text = page(verdict(violated("a")))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    assert "مرحبا" in text


def test_page_begins_with_the_most_severe_violation_that_follows_from_no_other() -> None:
    text = page(verdict(violated("follows", 4, implied_by="first"), violated("mild", 2), violated("first", 3)))
    assert re.search(r'Start with <a href="#first">', text)
    assert re.search(r'follows from <a href="#first">', text)


def test_page_says_that_nothing_is_to_be_done_if_no_law_fails() -> None:
    text = page(verdict(passed("b")))
    assert "No law fails outside of" in text
    assert "Start with" not in text


def test_page_names_the_laws_that_need_more_problems() -> None:
    few = Record(kind="law", law="few", group="rule", statement="Nodes.", problems=50, informative=2)
    text = page(verdict(few, passed("b")))
    assert re.search(r"Draw more problems .*<code>few</code>", text)
    assert "Nothing." not in text


def test_only_the_first_violation_is_unfolded() -> None:
    text = page(verdict(violated("mild", 2), violated("first", 4)))
    assert re.findall(r'<details id="(\w+)"( open)?', text) == [("first", " open"), ("mild", "")]


@pytest.mark.parametrize("canaries", [0, 2])
def test_inconclusive_run_says_so_first(canaries: int) -> None:
    assert "This run proves nothing" in page(verdict(passed("b"), canaries=canaries))


def test_picture_has_a_bar_for_each_decade_and_takes_the_colour_of_the_text() -> None:
    text = page(verdict(passed("b")))
    assert text.count("<svg") == 1
    assert "currentColor" in text
    assert "#010203" not in text


def test_page_without_comparisons_has_no_picture() -> None:
    assert "<svg" not in page(verdict(Record(kind="law", law="c", group="purity", problems=12, informative=12)))


@pytest.mark.parametrize(
    ("problem", "argument"),
    [
        ("Problem(call=Call(method='middle'))", "\"Problem(call=Call(method='middle'))\""),
        ("Problem(text='a \"b\" $c')", "'Problem(text='\"'\"'a \"b\" $c'\"'\"')'"),
    ],
    ids=["simple", "a shell would change it"],
)
def test_command_quotes_a_problem_so_that_a_shell_keeps_it(problem: str, argument: str) -> None:
    assert readable(problem) == argument
    assert shlex.split(argument) == [problem]
