"""The verdict as one HTML file: no network, no script, readable without colour, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from reference.html.templates import templates
from tests.power import search
from tests.power.faults.all_faults import FAULTS
from tests.report.html import charts
from tests.report.law_verdict import LawVerdict
from tests.report.verdict import Verdict
from tests.report.words import again, by_severity, listed, readable, running, showing

TEMPLATES = templates(Path(__file__).parent)


def page(verdict: Verdict) -> str:
    """The whole file as text."""
    return TEMPLATES.get_template("run.html.j2").render(
        verdict=verdict,
        versions=listed(verdict.versions),
        first=next(iter(verdict.violated), None),
        violations=[_violation(verdict, law) for law in verdict.violated],
        silent=verdict.silent,
        groups=_groups(verdict.laws),
        known=[
            (words, [(record, showing(verdict, record)) for record in records])
            for words, records in by_severity(verdict).items()
        ],
        sharpness=Markup(charts.sharpness(verdict.sharpness())),
        faults=_faults(),
    )


def _violation(verdict: Verdict, law: LawVerdict) -> dict[str, Any]:
    violation = law.violation
    assert violation is not None
    return {
        "law": law,
        "found": violation,
        "follows": law.implied_by if law.implied_by in {other.law for other in verdict.violated} else None,
        "script": running(violation.reproducer) if violation.reproducer else None,
        "again": again(violation.problem, law.law, verdict.subject, readable),
    }


def _groups(laws: list[LawVerdict]) -> dict[str, list[LawVerdict]]:
    found: dict[str, list[LawVerdict]] = {}
    for law in laws:
        found.setdefault(law.group, []).append(law)
    return found


def _faults() -> list[tuple[str, str, str]]:
    """Each planted fault, the law that sees it, and how many problems that takes."""
    return [(fault.name, fault.law, search.in_words(fault.name)) for fault in FAULTS]
