"""What the verdicts say: one column for each version of each subject, and the laws by subject."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from reference.laws import GROUPS, LAWS, Law, laws_of
from tests.report.parsing import SPECS
from tests.subjects import distribution_of

SEVERE = ("not-applicable", "passes", "not-informative", "known-defect", "violated")
"""Outcomes. Of several runs of one version, the last one in this order counts."""

FAILS = ("known-defect", "violated")

MARKS = {"passes": "✓", "known-defect": "✗", "violated": "✗", "not-informative": "?", "not-applicable": "·"}

NOT_RUN = "not-run"


class BadVerdict(ValueError):
    """A file is no verdict. The message is one line that names the file."""


@dataclass(frozen=True)
class Column:
    """The runs of one version of a subject, the newest first."""

    subject: str
    version: str
    runs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"{self.subject} {self.version}".strip()

    @property
    def slug(self) -> str:
        """The name of its files."""
        return slug(self.title)

    @property
    def date(self) -> str:
        """The day of the newest run, or empty: verdicts of an older suite have none."""
        return str(self.runs[0].get("date", ""))

    @property
    def inconclusive(self) -> str:
        """Why a run decides nothing, or empty."""
        return next((str(run["inconclusive"]) for run in self.runs if run["inconclusive"]), "")

    @cached_property
    def laws(self) -> dict[str, dict[str, Any]]:
        """By law, what the run says in which its outcome is the most severe."""
        found: dict[str, dict[str, Any]] = {}
        for law in (law for run in self.runs for law in run["laws"] if law["law"] in LAWS):
            known = found.setdefault(law["law"], law)
            if SEVERE.index(law["outcome"]) > SEVERE.index(known["outcome"]):
                found[law["law"]] = law
        return found

    @cached_property
    def defects(self) -> dict[str, dict[str, Any]]:
        """The known defects, by id, as the newest run shows them."""
        return {defect["id"]: defect for run in reversed(self.runs) for defect in run["known_defects"]}

    @property
    def declares(self) -> dict[str, dict[str, Any]]:
        """What the tool declares, by group of laws."""
        return {group: made for run in reversed(self.runs) for group, made in run.get("declares", {}).items()}

    @property
    def families(self) -> dict[str, dict[str, int]]:
        """By family of models: the problems that passed, and the laws that fail on a problem of the family."""
        passed: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for law in (law for run in self.runs for law in run["laws"]):
            passed.update(law.get("families", {}))
            if family := family_of(law["counterexample"]):
                failed[family] += 1
        return {name: {"passed": passed[name], "failed": failed[name]} for name in sorted({*passed, *failed})}

    def outcome(self, law: str) -> str:
        """One of OUTCOMES, or NOT_RUN."""
        return str(self.laws[law]["outcome"]) if law in self.laws else NOT_RUN

    def fails(self, law: str) -> bool:
        """Whether the law is violated, or fails as a known defect predicts."""
        return self.outcome(law) in FAILS

    @property
    def failing(self) -> list[str]:
        """The laws that fail."""
        return [law.name for law in ordered() if self.fails(law.name)]

    @property
    def passing(self) -> list[str]:
        """The laws that pass in every run."""
        return [law.name for law in ordered() if self.outcome(law.name) == "passes"]

    def why(self, law: str) -> list[str]:
        """How the law fails: the violation, or what a user sees of each known defect."""
        found = self.laws[law]
        if found["message"]:
            return [f"{found['severity']}: {found['message']}"]
        defects = [self.defects[id] for id in found["defects"] if id in self.defects]
        return [f"{defect['words']}: {defect['effect']}" for defect in defects]

    def mark(self, law: str) -> str:
        """One character for a cell of the table."""
        if self.passes_outside(law):
            return "◐"
        return MARKS.get(self.outcome(law), " ")

    def passes_outside(self, law: str) -> bool:
        """Whether the law fails as known defects predict, and passes on all other problems."""
        return self.outcome(law) == "known-defect" and self.laws[law]["beside_known"] == "passes outside"

    def words(self, law: str) -> str:
        """What the mark means."""
        outcome = self.outcome(law)
        if outcome == "known-defect":
            beside = self.laws[law]["beside_known"]
            return "fails as known defects predict" if beside == "fails" else f"{beside} known defects"
        return {"violated": "fails"}.get(outcome, outcome.replace("-", " "))


def columns(verdicts: Iterable[Mapping[str, Any]]) -> list[Column]:
    """One column for each version of each subject, by name; the newest run of a version first."""
    found: dict[tuple[str, str], Column] = {}
    for verdict in sorted(verdicts, key=lambda verdict: str(verdict.get("date", "")), reverse=True):
        subject = str(verdict["subject"])
        version = str(verdict["versions"].get(distribution_of(subject), ""))
        found.setdefault((subject, version), Column(subject, version)).runs.append(dict(verdict))
    return [found[key] for key in sorted(found)]


def alone(law: str, judged: Iterable[Column]) -> str | None:
    """The only subject that fails the law, if another one passes it; otherwise None."""
    outcomes = [(column.subject, column.outcome(law)) for column in judged]
    failing = {subject for subject, outcome in outcomes if outcome in FAILS}
    passing = {subject for subject, outcome in outcomes if outcome == "passes"} - failing
    return failing.pop() if len(failing) == 1 and passing else None


def ordered() -> list[Law]:
    """All laws, group by group."""
    return [law for group in GROUPS for law in laws_of(group)]


def read(path: Path) -> dict[str, Any]:
    """A verdict.

    Raises   BadVerdict
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadVerdict(f"{path}: {error}") from None
    if not (isinstance(found, dict) and {"subject", "versions", "laws", "known_defects"} <= found.keys()):
        raise BadVerdict(f"{path} is no verdict: write one with `pytest tests/properties --verdict-json=FILE`")
    return found


def slug(text: str) -> str:
    """The text as the name of a file."""
    return re.sub(r"[^\w.]+", "-", text)


def family_of(problem: str | None) -> str | None:
    """The family of the model in the repr of a problem, or None."""
    for name in re.findall(r"model=(\w+)\(", problem or ""):
        if family := getattr(SPECS.get(name), "family", None):
            return str(family.name)
    return None
