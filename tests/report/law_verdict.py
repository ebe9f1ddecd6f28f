"""The verdict on one law: all records of its tests, and what they come to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from reference.oracle.quadrature import METHODS
from tests.plugin.records import OWN, Record, RecordedViolation
from tests.report.information import Warned, listed_reasons, total, warnings
from tests.report.words import again

OUTCOMES = ("passes", "known-defect", "violated", "not-informative", "not-applicable")


@dataclass
class LawVerdict:
    """All records of one law. `outcome` is one of OUTCOMES."""

    law: str
    group: str
    records: list[Record] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)

    @property
    def problems(self) -> int:
        return sum(record.problems for record in self.records)

    @property
    def informative(self) -> int:
        """The problems on which the law could have failed."""
        return sum(record.informative for record in self.records)

    @property
    def by_error(self) -> int:
        """The problems that passed by accepted errors alone."""
        return total(record.by_error for record in self.records).total()

    @property
    def not_tried(self) -> dict[str, str]:
        """The methods with which the law was not tried, although it is tried with each, and why."""
        by_method: dict[str | None, list[Record]] = {}
        for record in self.records:
            by_method.setdefault(record.method, []).append(record)
        if None in by_method:
            return {}
        tried = {method for method, records in by_method.items() if any(record.tried for record in records)}
        return {
            method: listed_reasons(by_method[method]) if method in by_method else "not run"
            for method in METHODS
            if method not in tried
        }

    @property
    def untried(self) -> str:
        """`not_tried` in words, empty if the law was tried with every method, or with none."""
        named = ", ".join(f"{method} ({why})" for method, why in self.not_tried.items())
        return f"not tried with {named}" if named and self.problems else ""

    @property
    def warnings(self) -> list[Warned]:
        """What the run warns about."""
        return [*warnings(self.law, self.group, self.records)]

    @property
    def worst(self) -> float:
        return max((record.worst for record in self.records), default=0.0)

    @property
    def families(self) -> Counter[str]:
        """By family of models, the number of problems that passed."""
        return total(record.families for record in self.records)

    @property
    def nearest(self) -> dict[str, dict[str, Any]]:
        """By dtype, the largest share of a budget that is a number, with its problem."""
        found: dict[str, tuple[float, str]] = {}
        for record in self.records:
            for dtype, (used, problem) in record.nearest.items():
                found[dtype] = max(found.get(dtype, (0.0, "")), (used, problem))
        return {dtype: {"used": used, "problem": problem} for dtype, (used, problem) in found.items()}

    @property
    def violation(self) -> RecordedViolation | None:
        """The most severe violation."""
        violations = [record.violation for record in self.records if record.violation]
        return max(violations, key=lambda violation: violation.severity, default=None)

    @property
    def statement(self) -> str:
        return self.records[0].statement if self.records else ""

    @property
    def implied_by(self) -> str | None:
        return self.records[0].implied_by if self.records else None

    @property
    def shown(self) -> Counter[str]:
        """By known defect, the number of problems on which the law failed as the defect predicts."""
        return sum((record.shown for record in self.records), Counter())

    @property
    def known(self) -> list[str]:
        """Known defects of the law: their witness failed, or a problem showed them."""
        return sorted({*self.defects, *self.shown})

    @property
    def needed(self) -> int:
        """The informative problems that the law needs to pass."""
        return max(record.enough for record in self.records)

    @property
    def enough(self) -> bool:
        """Whether the law passed on so many informative problems that it passes."""
        return self.informative >= self.needed

    @property
    def beside_known(self) -> str:
        """What a law with known defects does on problems that they do not affect; "fails" if there is none."""
        affected = sum(
            count for record in self.records for id, count in record.unshown.items() if not id.startswith(OWN)
        )
        if self.problems > affected:
            return "passes outside" if self.enough else "is not informative outside"
        return "fails:" if self.shown or self.problems else "was not tried, because of"

    @property
    def outcome(self) -> str:
        """One of OUTCOMES; `beside_known` says more of a law with known defects."""
        if self.violation:
            return "violated"
        if self.known:
            return "known-defect"
        if not self.problems:
            return "not-applicable"
        return "passes" if self.enough else "not-informative"

    def as_json(self, subject: str) -> dict[str, Any]:
        violation = self.violation
        return {
            "law": self.law,
            "group": self.group,
            "statement": self.statement,
            "implied_by": self.implied_by,
            "outcome": self.outcome,
            "problems": self.problems,
            "informative": self.informative,
            "by_answer": self.problems - self.by_error,
            "by_error": self.by_error,
            "not_tried": self.not_tried,
            "warnings": [warned.as_json() for warned in self.warnings],
            "worst": self.worst,
            "nearest": self.nearest,
            "families": dict(self.families),
            "defects": self.known,
            "beside_known": self.beside_known.rstrip(":") if self.outcome == "known-defect" else None,
            "shown": dict(self.shown),
            "reproducer": violation.reproducer if violation else None,
            "counterexample": violation.problem if violation else None,
            "severity": violation.words if violation else None,
            "message": violation.message if violation else None,
            "again": again(violation.problem, self.law, subject) if violation else None,
        }
