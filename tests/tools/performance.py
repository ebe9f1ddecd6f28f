"""The page on speed: `python -m tests.tools.performance FILE.json` writes the tables of tests/benchmarks/README.md.

`tox -e bench` measures and writes the page. Times are medians; what is compared was measured side by side in one run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.tools.tables import between

PAGE = Path(__file__).parents[1] / "benchmarks" / "README.md"

Benchmark = dict[str, Any]

AIMS = {
    ("IG, MiniLM", "batched"): "at most 0.8",
    ("check, MiniLM", "right numbers"): "at most 8",
    ("check, MiniLM", "wrong numbers"): "at most 20",
    ("check, tiny", "right numbers"): "at most 20",
    ("laws", "input_attribution"): "10",
    ("laws", "layer_attribution"): "35",
    ("start", "import the suite"): "4",
}
"""By group and name: the number that is aimed at."""


def beside_captum(found: list[Benchmark], kind: str) -> Iterator[str]:
    """A row for each benchmark of a kind and size: its time, and its share of Captum's."""
    yield "| size | what | milliseconds | times Captum | aim |"
    yield "|---|---|---|---|---|"
    for group in dict.fromkeys(one["group"] for one in found if one["group"].startswith(kind)):
        times = {one["name"]: 1000 * one["stats"]["median"] for one in found if one["group"] == group}
        for name, time in times.items():
            aim = AIMS.get((group, name), "")
            yield f"| {group.partition(', ')[2]} | {name} | {time:.3g} | {time / times['captum']:.2f} | {aim} |"


def integral(found: list[Benchmark]) -> Iterator[str]:
    """A row for each way to integrate: its gradients."""
    yield "| way | gradients |"
    yield "|---|---|"
    for one in found:
        if one["group"].startswith("integral"):
            yield f"| {one['name']} | {one['extra_info']['gradients']} |"


def laws(found: list[Benchmark]) -> Iterator[str]:
    """A row for each group of laws: milliseconds of CPU per problem, in all and by part."""
    yield "| laws | in all | building | subject | oracle | law | drawing | aim |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in found:
        if one["group"] == "laws":
            parts = one["extra_info"]["milliseconds"]
            each = " | ".join(f"{parts[part]:.1f}" for part in ("building", "subject", "oracle", "law", "drawing"))
            aim = AIMS.get(("laws", one["name"]), "")
            yield f"| {one['name']} | {sum(parts.values()):.1f} | {each} | {aim} |"


def process(found: list[Benchmark]) -> Iterator[str]:
    """A row for each start of a process, and for its memory."""
    yield "| what | number | aim |"
    yield "|---|---|---|"
    for one in found:
        aim = AIMS.get((one["group"], one["name"]), "")
        for unit in ("seconds", "MiB"):
            if unit in one["extra_info"]:
                of = "CPU of: " if unit == "seconds" else "memory "
                yield f"| {of}{one['name']} | {one['extra_info'][unit]:.3g} {unit} | {aim} |"


TABLES: dict[str, Callable[[list[Benchmark]], Iterator[str]]] = {
    "oracle": lambda found: beside_captum(found, "IG"),
    "check": lambda found: beside_captum(found, "check"),
    "integral": integral,
    "laws by group": laws,
    "process": process,
}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m tests.tools.performance FILE.json", file=sys.stderr)
        return 2
    measured = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    found = [one for one in measured["benchmarks"] if one["group"]]  # one that failed has no group
    text = PAGE.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        text = between(text, name, "\n" + "\n".join(table(found)) + "\n")
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
