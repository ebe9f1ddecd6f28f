"""The environments of tox's matrix, each with the verdict that it left in a nightly run, if it left one."""

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
    """One environment, and its verdict as JSON: empty where there is none that can be read."""

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
        """Why the environment cannot be believed, and which entries of known defects it does not bear out."""
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
    """Every environment of the matrix, in its order. If an environment left two verdicts, the later one counts."""
    left = {path.stem.removeprefix("verdict-"): _read(path) for path in sorted(folder.rglob("verdict-*.json"))}
    return [Environment(name, left.get(name, {})) for name in dict.fromkeys([*matrix(), *left])]


def matrix() -> list[str]:
    """The environments that tox.ini labels so."""
    tox = ConfigParser(interpolation=None)
    tox.read(TOX, encoding="utf-8")
    labels = dict(line.split(" = ") for line in tox["tox"]["labels"].strip().splitlines())
    return labels["matrix"].split(", ")


def _read(path: Path) -> dict[str, Any]:
    """Nothing, where the run ended while it wrote."""
    try:
        verdict: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return verdict
