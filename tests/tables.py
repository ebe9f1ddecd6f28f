"""The README's tables, from the registries: `python -m tests.tables` writes them, tests/shown/test_readme.py checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from reference.laws import GROUPS, LAWS, laws_of
from tests.detection.all_faults import FAULTS
from tests.known_defects import KNOWN_DEFECTS

README = Path(__file__).parent.parent / "README.md"


def laws() -> Iterator[str]:
    """A row for each law, by group."""
    yield "| group | law | statement | |"
    yield "|---|---|---|---|"
    for group in GROUPS:
        for law in laws_of(group):
            kind = "primary" if law.primary else f"follows from `{law.implied_by}`"
            yield f"| {group} | `{law.name}` | {_cell(law.statement)} | {kind} |"


def defects() -> Iterator[str]:
    """A row for each known defect, gravest first."""
    yield "| defect | captum | law | what a user sees | severity | upstream |"
    yield "|---|---|---|---|---|---|"
    for defect in sorted(KNOWN_DEFECTS, key=lambda defect: (-defect.severity, defect.id)):
        yield (
            f"| {defect.id} | {_cell(defect.versions)} | `{defect.law}` | {_cell(defect.effect)} "
            f"| {defect.severity.words} | {_link(defect.upstream)} |"
        )


def faults() -> Iterator[str]:
    """A row for each planted fault."""
    yield "| fault | seen by | happened in |"
    yield "|---|---|---|"
    for fault in FAULTS:
        yield f"| {fault.name} | `{fault.law}` | {_link(fault.link)} |"


TABLES: dict[str, Callable[[], Iterator[str]]] = {"laws": laws, "defects": defects, "faults": faults}


def counts() -> dict[str, int]:
    """The numbers that the README's prose gives."""
    return {
        "laws": len(LAWS),
        "primary": sum(law.primary for law in LAWS.values()),
        "defects": len(KNOWN_DEFECTS),
        "faults": len(FAULTS),
    }


def filled(text: str) -> str:
    """`text` with every table and count between its marks as the registries have it."""
    for name, table in TABLES.items():
        text = _between(text, name, "\n" + "\n".join(table()) + "\n")
    for name, count in counts().items():
        text = _between(text, f"number of {name}", str(count))
    return text


def _between(text: str, name: str, content: str) -> str:
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    return re.sub(f"{re.escape(start)}.*?{re.escape(end)}", lambda _: start + content + end, text, flags=re.DOTALL)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _link(target: str) -> str:
    short = re.sub(r"^https://github.com/([^/]+/)?", "", target)
    return f"[{short}]({target})" if target.startswith("http") else target


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
