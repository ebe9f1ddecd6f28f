"""A badge for each subject, as https://shields.io/badges/endpoint-badge reads it."""

from __future__ import annotations

from typing import Any

from reference.violation import Severity
from tests.tools.scoreboard.runs import Column


def badge(column: Column) -> dict[str, Any]:
    """The badge: how many laws pass, in the colour of the most severe failure."""
    failing = len(column.failing)
    asked = len(column.passing) + failing
    outside = sum(map(column.passes_outside, column.failing))
    message = f"{len(column.passing)} of {asked} laws pass" + (f", {outside} outside known defects" if outside else "")
    return {
        "schemaVersion": 1,
        "label": f"IG conformance of {column.title}",
        "message": "inconclusive" if column.inconclusive else message,
        "color": "lightgrey" if column.inconclusive or not asked else _colour(column),
    }


def _colour(column: Column) -> str:
    if not column.failing:
        return "brightgreen"
    reasons = [reason for law in column.failing for reason in column.why(law)]
    severe = any(reason.startswith(Severity.WRONG_NUMBER.words) for reason in reasons)
    return "red" if severe else "orange"
