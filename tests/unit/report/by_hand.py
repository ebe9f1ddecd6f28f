"""Verdicts made of records by hand, without a run."""

from __future__ import annotations

from typing import Any

import pytest

from reference.violation import Severity
from tests.plugin.records import Record, RecordedViolation
from tests.report import terminal
from tests.report.verdict import Verdict

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


def printed(made: Verdict, *, details: bool = True) -> list[str]:
    """The lines of the verdict, with `-v` unless told otherwise, on a terminal so wide that no line is broken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(terminal, "WIDTH", 10_000)
        return [line.text for line in terminal.lines(made, details=details)]


def text(*records: Record) -> str:
    return "\n".join(printed(verdict(*records)))
