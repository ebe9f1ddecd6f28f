"""Laws × releases of captum: `python -m tests.tools.releases VERDICT.json …` stores the results of these verdicts.

`tox -e captum010,captum020,captum031,captum041,captum060,captum070,captum080` writes one verdict.json into the folder
of each environment. For the current release, use `pytest tests/properties --hypothesis-profile smoke
--verdict-json=FILE`. To update some laws only, add `-k "NAME or canary or witness"`. The table shows "not run" for a
law that was not run on a release. `python -m tests.tools.tables` writes the table to tests/subjects/captum/README.md.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from packaging.version import Version

from reference.laws import GROUPS, laws_of

KEPT = Path(__file__).parents[1] / "subjects" / "captum" / "releases.json"
"""laws: the outcome of each law by release; witnessed: whether the witness of each known defect fails, by release."""

MARKS = {"passes": "passes", "known-defect": "fails", "violated": "fails"}
MARKS |= dict.fromkeys(("not-informative", "not-applicable"), "—")
"""A release with a known defect fails the law, even if the law passes on other problems."""

NOT_OFFERED, NOT_RUN = "—", "not run"

ByRelease = dict[str, dict[str, Any]]


def kept() -> dict[str, ByRelease]:
    """The stored results of all releases."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {"laws": {}, "witnessed": {}}


def renewed(old: Mapping[str, ByRelease], verdicts: Iterable[dict[str, Any]]) -> dict[str, ByRelease]:
    """The stored results, updated by these verdicts, oldest release first.

    Raises   ValueError for an inconclusive verdict, or a verdict on another subject
    """
    laws = {name: dict(old["laws"].get(name, {})) for name in _names()}
    witnessed = {defect: dict(releases) for defect, releases in old["witnessed"].items()}
    for verdict in verdicts:
        if verdict["subject"] != "captum":
            raise ValueError(f"expected a verdict on captum, got one on {verdict['subject']}")
        release = verdict["versions"]["captum"]
        if verdict["inconclusive"]:
            raise ValueError(f"the verdict on captum {release} is inconclusive: {verdict['inconclusive']}")
        for law in verdict["laws"]:
            laws[law["law"]][release] = law["outcome"]
        for defect in verdict["known_defects"]:
            witnessed.setdefault(defect["id"], {})[release] = defect["witnessed"]
    return {
        "laws": {name: _in_order(releases) for name, releases in laws.items()},
        "witnessed": {defect: _in_order(releases) for defect, releases in sorted(witnessed.items())},
    }


def recorded() -> dict[str, dict[str, str]]:
    """The outcome of every law, by the releases on which it was run."""
    laws = kept()["laws"]
    return {name: laws.get(name, {}) for name in _names()}


def table(laws: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """A row for each law whose result differs between releases, or that was not run on all of them."""
    releases = list(_in_order({release: "" for outcomes in laws.values() for release in outcomes}))
    yield f"| law | {' | '.join(releases)} | changes |"
    yield "|---" * (len(releases) + 2) + "|"
    unchanged: dict[str, list[str]] = {"passes": [], "fails": []}
    for law, outcomes in laws.items():
        row = {release: MARKS[outcomes[release]] if release in outcomes else NOT_RUN for release in releases}
        met = {mark for mark in row.values() if mark != NOT_OFFERED}
        if len(met) == 1 and NOT_RUN not in met:
            unchanged[met.pop()].append(f"`{law}`")
        else:
            yield f"| `{law}` | {' | '.join(row.values())} | {', '.join(_changes(row))} |"
    for mark, words in (("passes", "Passed"), ("fails", "Failed")):
        yield ""
        yield f"{words} by every release that offers it, {len(unchanged[mark])} laws: {', '.join(unchanged[mark])}."


def _changes(row: Mapping[str, str]) -> Iterator[str]:
    """The releases since which the law passes or fails, after the opposite."""
    offered = [(release, mark) for release, mark in row.items() if mark != NOT_OFFERED]
    for (_, before), (release, after) in pairwise(offered):
        if before != after and NOT_RUN not in (before, after):
            yield f"{'passes' if after == 'passes' else '**fails**'} since {release}"


def _names() -> list[str]:
    """The names of all laws, group by group."""
    return [law.name for group in GROUPS for law in laws_of(group)]


def _in_order(releases: dict[str, Any]) -> dict[str, Any]:
    return {release: releases[release] for release in sorted(releases, key=Version)}


def _lines(found: Mapping[str, ByRelease]) -> Iterator[str]:
    """JSON with one line for each law and each defect."""
    yield "{"
    for comma, (section, entries) in zip((",", ""), found.items(), strict=True):
        yield f' "{section}": {{'
        rows = [f'  "{name}": {json.dumps(by_release)}' for name, by_release in entries.items()]
        yield ",\n".join(rows)
        yield f" }}{comma}"
    yield "}"


if __name__ == "__main__":
    verdicts = [json.loads(Path(argument).read_text(encoding="utf-8")) for argument in sys.argv[1:]]
    KEPT.write_text("\n".join(_lines(renewed(kept(), verdicts))) + "\n", encoding="utf-8")
