"""The legs of a night: the environments of tox's matrix, each with the verdict that it left, if it left one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOX = Path(__file__).parents[3] / "tox.ini"


@dataclass(frozen=True)
class Leg:
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
        """Why the leg cannot be believed, and which entries of known defects it does not bear out."""
        return list(self._remarks())

    def _remarks(self) -> Iterator[str]:
        if not self.verdict:
            yield "void: it left no verdict"
        elif self.verdict["void"]:
            yield f"void: {self.verdict['void']}"
        elif not self.problems:
            yield "void: after the canary the search left no verdict, or tried no problem"
        for defect in self.verdict.get("known_defects", ()):
            if not defect["witnessed"]:
                yield f"{'fixed upstream' if defect['fixed'] else 'not as entered'}: {defect['id']}"


def legs(folder: Path) -> list[Leg]:
    """Every leg of the matrix, in its order. Of two verdicts on a leg, from two attempts, the later one counts."""
    left = {path.stem.removeprefix("verdict-"): _read(path) for path in sorted(folder.rglob("verdict-*.json"))}
    return [Leg(name, left.get(name, {})) for name in dict.fromkeys([*matrix(), *left])]


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
