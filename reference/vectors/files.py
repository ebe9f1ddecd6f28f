"""The files of vectors, and what they contain."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

NOT_VECTORS = ("flags.json", "schema.json")


def files() -> list[Path]:
    """The files with vectors, in alphabetical order."""
    return sorted(path for path in FOLDER.glob("*.json") if path.name not in NOT_VECTORS)


def vectors(groups: Collection[str] | None = None) -> dict[str, dict[str, Any]]:
    """The vectors of some groups, or of all, by their id."""
    read = [json.loads(path.read_text("utf-8")) for path in files() if groups is None or path.stem in groups]
    return {vector["id"]: vector for file in read for vector in file["vectors"]}


def flags() -> dict[str, dict[str, str]]:
    """What each flag means: `mistake`, and `repair`."""
    found: dict[str, dict[str, str]] = json.loads((FOLDER / "flags.json").read_text(encoding="utf-8"))
    return found
