"""Tools without a verdict: what was tried, with which version, when, and what came of it.

cannot_be_asked.toml has the rows. The page of the subjects and the scoreboard show them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, order=True)
class Tried:
    """One try. `offered` is False if the tool will have what the laws are about, but has not yet."""

    tool: str
    version: str
    on: date
    reason: str
    offered: bool = True

    @property
    def words(self) -> str:
        """What came of it."""
        return f"{'cannot be asked' if self.offered else 'not offered yet'}: {self.reason}"


def tries() -> list[Tried]:
    """All rows, by tool."""
    with FILE.open("rb") as file:
        return sorted(Tried(**row) for row in tomllib.load(file)["tried"])
