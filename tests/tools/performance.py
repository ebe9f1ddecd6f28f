"""The page on speed: `python -m tests.tools.performance FILE.json` writes the tables of tests/benchmarks/README.md.

`tox -e bench` measures and writes the page. Times are medians; what is compared was measured side by side in one run.
The page is not changed if FILE.json lacks a row of it: then only some benchmarks were run.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import takewhile
from math import nan
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
    ("process", "CPU of: import the suite"): "4 s",
    ("process", "verdict, profile pr, workers: 2"): "120 s",
}
"""By group and name: the number that is aimed at."""


def beside_captum(found: list[Benchmark], kind: str) -> Iterator[str]:
    """A row for each benchmark of a kind and size: its time, and its share of Captum's."""
    yield "| size | what | milliseconds | times Captum | aim |"
    yield "|---|---|---|---|---|"
    for group in dict.fromkeys(one["group"] for one in found if (one["group"] or "").startswith(kind)):
        times = {one["name"]: 1000 * one["stats"]["median"] for one in found if one["group"] == group}
        for name, time in times.items():
            aim = AIMS.get((group, name), "")
            share = time / times.get("captum", nan)
            yield f"| {group.partition(', ')[2]} | {name} | {time:.3g} | {share:.2f} | {aim} |"


def integral(found: list[Benchmark]) -> Iterator[str]:
    """A row for each way to integrate: its gradients."""
    yield "| way | gradients |"
    yield "|---|---|"
    for one in found:
        if (one["group"] or "").startswith("integral"):
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


def rows(found: list[Benchmark], group: str) -> Iterator[str]:
    """A row for each benchmark that says its number and unit."""
    yield "| what | number | aim |"
    yield "|---|---|---|"
    for row in (one["extra_info"] for one in found):
        if row.get("group") == group:
            yield f"| {row['name']} | {row['number']:.3g} {row['unit']} | {AIMS.get((group, row['name']), '')} |"


TABLES: dict[str, Callable[[list[Benchmark]], Iterator[str]]] = {
    "oracle": lambda found: beside_captum(found, "IG"),
    "check": lambda found: beside_captum(found, "check"),
    "integral": integral,
    "laws by group": laws,
    "detection times": partial(rows, group="faults"),
    "process": partial(rows, group="process"),
}

NUMBER = re.compile(r"[\d.]+(e[+-]\d+)?( [a-zA-Z]+)?")


def measured(table: str) -> set[tuple[str, ...]]:
    """What the rows of a table measure: the cells before the first number."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {tuple(takewhile(lambda cell: not NUMBER.fullmatch(cell), line)) for line in lines}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m tests.tools.performance FILE.json", file=sys.stderr)
        return 2
    benchmarks = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))["benchmarks"]
    found = [one for one in benchmarks if one["group"] or one["extra_info"]]  # one that failed has neither
    page = PAGE.read_text(encoding="utf-8")
    text = page
    for name, table in TABLES.items():
        text = between(text, name, "\n" + "\n".join(table(found)) + "\n")
    if lacking := sorted(measured(page) - measured(text)):
        rows_lacking = ", ".join(" ".join(cells) for cells in lacking)
        print(f"{arguments[0]} lacks rows that the page has, so the page stays: {rows_lacking}", file=sys.stderr)
        return 2
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
