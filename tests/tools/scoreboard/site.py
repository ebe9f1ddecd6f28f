"""The pages of the site: no network, no script, one style; they work from a folder."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from reference.html.templates import templates
from reference.laws import GROUPS, LAWS, Law, laws_of
from tests.subjects.cannot_be_asked import tries
from tests.tools.scoreboard.badge import badge
from tests.tools.scoreboard.code import lines, smallest
from tests.tools.scoreboard.runs import Column, alone
from tests.tools.scoreboard.worst import Worst

FEW = 10
"""Laws that a sentence names."""

TEMPLATES = templates(Path(__file__).parent / "templates")


def write(folder: Path, columns: Sequence[Column], worst: Worst) -> None:
    """Write every file of the site into the folder."""
    for name, text in files(columns, worst):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def files(columns: Sequence[Column], worst: Worst) -> Iterator[tuple[str, str]]:
    """The name and the text of each file."""
    yield "index.html", _index(columns)
    for law in LAWS.values():
        yield f"laws/{law.name}.html", _law(law, columns)
    for column in columns:
        yield f"subjects/{column.slug}.html", _subject(column, columns, worst)
        yield f"badges/{column.slug}.json", _json(badge(column))
    yield "worst.json", _json(worst)


def _index(columns: Sequence[Column]) -> str:
    return _page(
        "index",
        root="",
        columns=columns,
        groups={group: laws_of(group) for group in GROUPS},
        only={law: subject for law in LAWS if (subject := alone(law, columns))},
        families=sorted({family for column in columns for family in column.families}),
        tries=tries(),
    )


def _law(law: Law, columns: Sequence[Column]) -> str:
    example = smallest(law, columns)
    return _page(
        "law",
        root="../",
        law=law,
        only=alone(law.name, columns),
        failing=[column for column in columns if column.fails(law.name)],
        others=[column for column in columns if not column.fails(law.name)],
        example=example,
        code=lines(law, example) if example else None,
        source=inspect.getsource(law.check),
    )


def _subject(column: Column, columns: Sequence[Column], worst: Worst) -> str:
    return _page(
        "subject",
        root="../",
        column=column,
        conforms=_conforms(column),
        only=[law for law in column.failing if alone(law, columns) == column.subject],
        groups={group: laws_of(group) for group in GROUPS if any(law.name in column.laws for law in laws_of(group))},
        worst=worst.get(column.subject, {}),
    )


def _conforms(column: Column) -> str:
    """Which laws pass, and which ones do not: named, if they are few."""

    def said(laws: list[str]) -> str:
        return ", ".join(laws) if len(laws) <= FEW else f"{len(laws)} laws"

    but = f", but for {said(column.failing)}" if column.failing else ""
    return f"conforms to: {said(column.passing) or 'none'}{but}"


def _page(name: str, **values: Any) -> str:
    return TEMPLATES.get_template(f"{name}.html.j2").render(**values)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
