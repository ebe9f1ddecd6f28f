"""Tools × laws: `python -m tests.tools.tool_results VERDICT.json …` stores the results of these verdicts.

`tox -e tool-NAME` writes a verdict for each subject into the folder `verdicts` of the environment. `python -m
tests.tools.tables` writes the tables to tests/subjects/README.md.
"""

from __future__ import annotations

import configparser
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from reference.laws import laws_of
from tests.subjects import distribution_of
from tests.subjects.known_defects import all_entries
from tests.tools.nightly.environments import TOX
from tests.tools.scoreboard.runs import MARKS, columns, read

KEPT = Path(__file__).parents[1] / "subjects" / "tools.json"
"""By subject: the version of its tool, the day, the mark of each law, and the known defects that the run showed."""

NOT_RUN = " "

FAILING = {MARKS["violated"], "◐"}
"""The second mark: the law passes on the problems that no known defect affects."""

Results = dict[str, dict[str, Any]]


def kept() -> Results:
    """The stored results."""
    found: Results = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}
    return found


def renewed(old: Mapping[str, dict[str, Any]], verdicts: Iterable[dict[str, Any]]) -> Results:
    """The stored results, updated by these verdicts.

    Raises   ValueError for an inconclusive verdict, or one without a law of these groups
    """
    found = dict(old)
    for column in columns(verdicts):
        laws = {law: column.mark(law) for law in _names("scores", "patching") if law in column.laws}
        if column.inconclusive or not laws:
            raise ValueError(f"the verdict on {column.title} says nothing: {column.inconclusive or 'no law was run'}")
        shown = [name for name, defect in column.defects.items() if defect["witnessed"]]
        found[column.subject] = {"version": column.version, "date": column.date, "laws": laws, "defects": shown}
    return {subject: found[subject] for subject in sorted(found)}


def table(group: str, results: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """A row for each subject to which a law of the group applies: what a user sees, and a mark for each law."""
    names = _names(group)
    yield f"| subject | tool | environment | tried on | verdict | {' | '.join(f'`{name}`' for name in names)} |"
    yield "|---" * (5 + len(names)) + "|"
    for subject, result in results.items():
        marks = [result["laws"].get(name, NOT_RUN) for name in names]
        if set(marks) <= {NOT_RUN, MARKS["not-applicable"]}:
            continue
        tool = f"{distribution_of(subject)} {result['version']}"
        where = f"`{environments()[subject]}`"
        verdict = " | ".join((_verdict(subject, marks, result["defects"]), *marks))
        yield f"| [{subject}]({subject}/README.md) | {tool} | {where} | {result['date']} | {verdict} |"


def environments() -> dict[str, str]:
    """The environment of tox that tries the subject, by subject."""
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(TOX, encoding="utf-8")
    (section,) = (tox[name] for name in tox.sections() if name.startswith("testenv:tool-"))
    lines = [line.partition(": TOOLS = ") for line in section["set_env"].splitlines()]
    return {subject: f"tool-{name}" for name, _, subjects in lines for subject in subjects.split()}


def _verdict(subject: str, marks: list[str], shown: list[str]) -> str:
    """Conforms, or fails with what a user sees of each known defect."""
    if not FAILING & {*marks}:
        return "conforms"
    effects = [defect.effect for defect in all_entries().get(subject, ()) if defect.id in shown]
    return f"fails: {'; '.join(effects)}".replace("|", "\\|")


def _names(*groups: str) -> list[str]:
    return [law.name for group in groups for law in laws_of(group)]


def _lines(results: Results) -> Iterator[str]:
    """JSON with one line for each subject."""
    rows = [f" {json.dumps(name)}: {json.dumps(result, ensure_ascii=False)}" for name, result in results.items()]
    yield "{"
    yield ",\n".join(rows)
    yield "}"


if __name__ == "__main__":
    found = renewed(kept(), [read(Path(argument)) for argument in sys.argv[1:]])
    KEPT.write_text("\n".join(_lines(found)) + "\n", encoding="utf-8")
