"""The problems of a law: how many are informative, how many pass by errors alone, and to how many it does not apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.plugin.records import Record

WARN_ABOVE = 1 / 4
"""The share of a law's problems above which the run warns."""

SHOWN = 3
"""Reasons that a warning shows."""


@dataclass(frozen=True)
class Warned:
    """More than a quarter of a law's problems `did` what a pass should not rest on; `reasons` are counted."""

    law: str
    did: str
    count: int
    drawn: int
    reasons: dict[str, int]

    def __str__(self) -> str:
        most = sorted(self.reasons.items(), key=lambda item: -item[1])
        shown = [f"{reason} ({count})" for reason, count in most[:SHOWN]]
        more = [f"{len(most) - SHOWN} other reasons"] if len(most) > SHOWN else []
        return f"{self.law}: {self.count} of {self.drawn} problems {self.did}: {', '.join([*shown, *more])}"

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "text": str(self)}


def warnings(law: str, group: str, records: Sequence[Record]) -> Iterator[Warned]:
    """The warnings about one law. A law that needs `refuses` expects an error, so an error is no reason to warn."""
    from reference.laws import LAWS  # here: the plug-in imports this module before it knows that torch is there

    expects_error = law in LAWS and "refuses" in LAWS[law].needs
    drawn = sum(record.drawn for record in records)
    for did, reasons in (
        ("were not informative", total(record.silent for record in records)),
        ("passed by errors alone", total(record.by_error for record in records if not expects_error)),
        ("did not apply", total(record.not_applicable for record in records)),
    ):
        # A law that applies to none, because the subject lacks what it needs, draws no problem.
        if drawn and (count := reasons.total()) > WARN_ABOVE * drawn:
            yield Warned(f"{group}/{law}", did, count, drawn, dict(reasons))


def listed_reasons(records: Sequence[Record]) -> str:
    """Why a law was not tried."""
    lacking = sorted({f"the subject has no {name}" for record in records for name in record.lacking})
    return ", ".join([*lacking, *total(record.not_applicable for record in records)]) or "no problem passed"


def total(counters: Any) -> Counter[str]:
    """The sum of counters."""
    return sum(counters, Counter())
