"""The files of reference/vectors, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reference.vectors.files import FOLDER
from tests.tools.vectors import calls
from tests.tools.vectors.expected import expected
from tests.tools.vectors.problems import GROUPS as VALID
from tests.tools.vectors.text import text

__all__ = ["FOLDER", "GROUPS", "file_text", "vectors"]

GROUPS = (*VALID, "calls")
"""The groups, in the order of their pages."""

VERSION = 1


def vectors(group: str, only: set[str] | None = None) -> Iterator[dict[str, Any]]:
    """The vectors of a group, or those of some ids."""
    if group == "calls":
        yield from calls.vectors()
        return
    for name, comment, problem in VALID[group]():
        if only is None or name in only:
            yield {"id": name, "comment": comment, "result": "valid", "problem": problem, **expected(problem)}


def file_text(group: str) -> str:
    """The text of the group's file."""
    return text({"version": VERSION, "group": group, "vectors": list(vectors(group))}) + "\n"
