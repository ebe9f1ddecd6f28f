"""Which release of captum holds which law: `python -m tests.releases VERDICT.json …` keeps verdicts for README's table.

The verdicts come from `tox -e captum010,captum020,captum031,captum041,captum060,captum070,captum080` (each in its
environment's folder, verdict.json) and, for the release of today, from `pytest tests/properties --verdict-json`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from packaging.version import Version

KEPT = Path(__file__).with_name("releases.json")
"""{release: {law: outcome}}"""

MARKS = {"holds": "holds", "known-defect": "broken", "violated": "broken", "not-applicable": "—"}
"""A known defect is a law that is broken on some problems: the release does not hold it."""

Outcomes = dict[str, str]


def read() -> dict[str, Outcomes]:
    """The outcomes by release, oldest first."""
    kept: dict[str, Outcomes] = json.loads(KEPT.read_text(encoding="utf-8"))
    return dict(sorted(kept.items(), key=lambda item: Version(item[0])))


def keep(verdict: Path) -> str:
    """Put a verdict's outcomes in place of what was kept for its release, which is returned.

    Raises   ValueError for a verdict on another subject
    """
    found = json.loads(verdict.read_text(encoding="utf-8"))
    if found["subject"] != "captum":
        raise ValueError(f"{verdict} is a verdict on {found['subject']}, not on captum")
    release: str = found["versions"]["captum"]
    kept = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    kept[release] = {law["law"]: law["outcome"] for law in found["laws"]}
    KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    return release


def table() -> Iterator[str]:
    """A row for each law: what each release makes of it, and what changed."""
    releases = read()
    yield f"| law | {' | '.join(releases)} | changes |"
    yield "|---" * (len(releases) + 2) + "|"
    for law in dict.fromkeys(law for outcomes in releases.values() for law in outcomes):
        marks = {release: MARKS[outcomes.get(law, "not-applicable")] for release, outcomes in releases.items()}
        yield f"| `{law}` | {' | '.join(marks.values())} | {', '.join(_changes(marks))} |"


def _changes(marks: dict[str, str]) -> Iterator[str]:
    """Where a law that was broken is held from then on, and where one that was held is broken."""
    asked = [(release, mark) for release, mark in marks.items() if mark != "—"]
    for (_, before), (release, after) in pairwise(asked):
        if before != after:
            yield f"{'mended' if after == 'holds' else '**broken**'} in {release}"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        print(f"kept: captum {keep(Path(argument))}")
