"""A user's own list of known defects: `--known FILE`, a TOML file with one table `[[known]]` for each entry.

    [[known]]
    law = "two_threads"
    severity = "crash on a valid call"
    reason = "shares its buffers: our issue 12"
    case = "…"            # optional: one case of a law that has cases
    expires = 2027-01-31  # optional: from the next day on, the entry excuses nothing

The law is tried as usual. Its violations of that severity are counted as known, all others fail the run. If the law
passes on all problems of the run, the run fails as well, and the entry must go.
"""

from __future__ import annotations

import datetime
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference.laws import LAWS
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Severity, Violation
from tests.plugin.records import OWN

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NEEDED = ("law", "severity", "reason")
ALLOWED = (*NEEDED, "case", "expires")
SEVERITIES = {severity.words: severity for severity in Severity}


class BadList(ValueError):
    """The file cannot be used. The message is one line that names the entry and says what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Own:
    """An entry of a user's list: the law, or one case of it, fails with that severity."""

    law: str
    severity: Severity
    reason: str
    case: str | None = None
    expires: datetime.date | None = None

    @property
    def id(self) -> str:
        """The law and its case, for the verdict."""
        return f"{OWN}{self.law}{f' ({self.case})' if self.case else ''}"

    @property
    def expired(self) -> bool:
        """Whether the last day of the entry is over."""
        return self.expires is not None and datetime.date.today() > self.expires

    def as_dict(self) -> dict[str, str]:
        """What the verdict shows of the entry."""
        return {
            "id": self.id,
            "law": self.law,
            "words": self.severity.words,
            "reason": self.reason,
            "expired": f"expired on {self.expires}" if self.expired else "",
        }

    def predicts(self, law: str, problem: Problem) -> bool:
        """Whether the entry is about the law, and about the case of the problem."""
        return law == self.law and self.case in (None, problem.call.case)

    def must_show(self, problem: Problem, subject: Subject) -> bool:
        """Whether the law must fail on this problem: it must fail on one of the run."""
        return False

    def explains(self, law: str, violation: Violation) -> bool:
        """Whether the violation is the law's own, with the severity of the entry."""
        return type(violation) is LAWS[law].violation and violation.severity == self.severity


def read(file: Path) -> list[Own]:
    """The entries of the list.

    Raises   BadList
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadList(f"{file} cannot be read: {' '.join(str(error).split())}") from None
    tables = content.get("known", [])
    if not isinstance(tables, list) or set(content) - {"known"}:
        raise BadList(f"{file} must have tables [[known]] and nothing else; got {', '.join(content)}")
    entries = [_entry(f"{file}, entry {number}", table) for number, table in enumerate(tables, start=1)]
    for entry in entries:
        if sum(other.id == entry.id for other in entries) > 1:
            raise BadList(f"{file} names {entry.id.removeprefix(OWN)} more than once")
    return entries


def _entry(where: str, table: Any) -> Own:
    """The entry of a table.

    Raises   BadList
    """
    if not isinstance(table, dict):
        raise BadList(f"{where} must be a table [[known]]; got {table!r}")
    if unknown := [key for key in table if key not in ALLOWED]:
        raise BadList(f"{where}: unknown key {unknown[0]!r}; choose from {', '.join(ALLOWED)}")
    if missing := [key for key in NEEDED if not table.get(key)]:
        raise BadList(f"{where}: {missing[0]} is missing; an entry needs {', '.join(NEEDED)}")
    if wrong := [key for key in (*NEEDED, "case") if not isinstance(table.get(key, ""), str)]:
        raise BadList(f"{where}: {wrong[0]} must be a text; got {table[wrong[0]]!r}")
    if table["law"] not in LAWS:
        raise BadList(f"{where}: unknown law {table['law']!r}")
    if table["severity"] not in SEVERITIES:
        raise BadList(f"{where}: unknown severity {table['severity']!r}; choose from {', '.join(SEVERITIES)}")
    law, expires = LAWS[table["law"]], table.get("expires")
    if table.get("case") is not None and table["case"] not in law.cases:
        raise BadList(f"{where}: {law.name} has no case {table['case']!r}; it has {', '.join(law.cases) or 'none'}")
    if expires is not None and type(expires) is not datetime.date:
        raise BadList(f"{where}: expires must be a date such as 2027-01-31, without quotes; got {expires!r}")
    return Own(**{**table, "severity": SEVERITIES[table["severity"]]})
