"""Which release of captum holds which law: `python -m tests.releases VERDICT.json …` prints the table, oldest first.

The verdicts come from `tox -e captum010,captum020,captum031,captum041,captum060,captum070,captum080` (each in its
environment's folder, verdict.json) and, for the release of today, from `pytest tests/properties --verdict-json`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from packaging.version import Version

MARKS = {"holds": "holds", "known-defect": "broken", "violated": "broken", "not-applicable": "—"}
"""A known defect is a law that is broken on some problems: the release does not hold it."""


def table(verdicts: Iterable[dict[str, Any]]) -> Iterator[str]:
    """A row for each law: what each release makes of it, and what changed; — is what a release does not offer yet.

    Raises   ValueError for a verdict on another subject
    """
    releases: dict[str, dict[str, str]] = {}
    for verdict in sorted(verdicts, key=lambda verdict: Version(verdict["versions"]["captum"])):
        if verdict["subject"] != "captum":
            raise ValueError(f"a verdict on {verdict['subject']}, not on captum")
        releases[verdict["versions"]["captum"]] = {law["law"]: MARKS[law["outcome"]] for law in verdict["laws"]}
    yield f"| law | {' | '.join(releases)} | changes |"
    yield "|---" * (len(releases) + 2) + "|"
    for law in dict.fromkeys(law for marks in releases.values() for law in marks):
        row = {release: marks.get(law, "—") for release, marks in releases.items()}
        yield f"| `{law}` | {' | '.join(row.values())} | {', '.join(_changes(row))} |"


def _changes(row: dict[str, str]) -> Iterator[str]:
    """Where a law that was broken is held from then on, and where one that was held is broken."""
    asked = [(release, mark) for release, mark in row.items() if mark != "—"]
    for (_, before), (release, after) in pairwise(asked):
        if before != after:
            yield f"{'mended' if after == 'holds' else '**broken**'} in {release}"


if __name__ == "__main__":
    print("\n".join(table(json.loads(Path(argument).read_text(encoding="utf-8")) for argument in sys.argv[1:])))
