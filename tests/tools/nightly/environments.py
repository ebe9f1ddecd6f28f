"""The environments of tox's matrix, each with its verdict of a nightly run, if there is one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOX = Path(__file__).parents[3] / "tox.ini"


@dataclass(frozen=True)
class Environment:
    """One environment, and its verdict as JSON: empty if there is none, or if the file cannot be parsed."""

    name: str
    verdict: dict[str, Any] = field(default_factory=dict)

    @property
    def problems(self) -> int:
        return sum(law["problems"] for law in self.verdict.get("laws", ()))

    @property
    def violated(self) -> list[dict[str, Any]]:
        return [law for law in self.verdict.get("laws", ()) if law["outcome"] == "violated"]

    @property
    def remarks(self) -> list[str]:
        """Why the environment is inconclusive, and which known defects did not fail as recorded."""
        return list(self._remarks())

    def _remarks(self) -> Iterator[str]:
        if not self.verdict:
            yield "inconclusive: there is no verdict"
        elif self.verdict["inconclusive"]:
            yield f"inconclusive: {self.verdict['inconclusive']}"
        elif not self.problems:
            yield "inconclusive: the search ran no examples"
        for defect in self.verdict.get("known_defects", ()):
            if not defect["witnessed"]:
                yield f"{'fixed upstream' if defect['fixed'] else 'fails in another way'}: {defect['id']}"


def environments(folder: Path) -> list[Environment]:
    """Every environment of the matrix, in order. Of two verdicts of an environment, the later one counts."""
    left = {path.stem.removeprefix("verdict-"): _read(path) for path in sorted(folder.rglob("verdict-*.json"))}
    return [Environment(name, left.get(name, {})) for name in dict.fromkeys([*matrix(), *left])]


def matrix() -> list[str]:
    """The environments with the label `matrix` in tox.ini."""
    tox = ConfigParser(interpolation=None)
    tox.read(TOX, encoding="utf-8")
    labels = dict(line.split(" = ") for line in tox["tox"]["labels"].strip().splitlines())
    return labels["matrix"].split(", ")


def _read(path: Path) -> dict[str, Any]:
    """The verdict, or an empty dict if the file is truncated."""
    try:
        verdict: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return verdict
