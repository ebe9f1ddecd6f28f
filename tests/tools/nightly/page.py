"""The night as Markdown: which leg tried what, then each violated law with its counterexample, gravest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from reference.violation import Severity
from tests.report.markup import block, code, plain
from tests.tools.nightly.legs import Leg

LONGEST = 65_536
"""Characters that GitHub takes for the body of an issue."""

GRAVITY = {severity.words: severity for severity in Severity}


class Find(NamedTuple):
    """A law that is violated: the legs where it is, and the one that shows it best, with what it says of it."""

    law: dict[str, Any]
    shown_by: Leg
    legs: list[str]

    @property
    def name(self) -> str:
        return f"{self.law['group']}/{self.law['law']}"


def title(legs: Sequence[Leg]) -> str:
    """What the night found, in one line."""
    broken, red = len(finds(legs)), sum(bool(leg.violated) for leg in legs)
    laws = "no law is violated" if not broken else "1 law is violated" if broken == 1 else f"{broken} laws are violated"
    void = sum(any(remark.startswith("void") for remark in leg.remarks) for leg in legs)
    return f"Nightly: {laws}" + (f" on {red} of {len(legs)} legs" if red else "") + (f", {void} void" if void else "")


def body(legs: Sequence[Leg], run: str | None = None) -> str:
    """The page, as long as an issue may be: what has no room is named."""
    head = ["\n".join(_table(legs))]
    if run:
        head.insert(0, f"The run, with the legs' logs, reproducers and examples: {run}")
    found = finds(legs)
    parts = ["\n\n".join(_section(find, {other.law["law"] for other in found})) for find in found]
    for shown in range(len(parts), -1, -1):
        rest = [code(find.name) for find in found[shown:]]
        more = [f"No room here for {len(rest)} more, which the verdicts have: {', '.join(rest)}"] if rest else []
        page = "\n\n".join([*head, *parts[:shown], *more]) + "\n"
        if len(page) <= LONGEST:
            break
    return page


def finds(legs: Sequence[Leg]) -> list[Find]:
    """Each violated law once: at its gravest, on the smallest problem. What follows from another one comes last."""
    every = [(law, leg) for leg in legs for law in leg.violated]
    every.sort(key=lambda one: (-GRAVITY[one[0]["severity"]], len(one[0]["counterexample"])))
    best: dict[str, Find] = {}
    for law, leg in every:
        where = [other.name for other in legs if law["law"] in (one["law"] for one in other.violated)]
        best.setdefault(law["law"], Find(law, leg, where))
    return sorted(best.values(), key=lambda find: find.law["implied_by"] in best)


def _table(legs: Sequence[Leg]) -> Iterator[str]:
    yield "| leg | versions | problems tried | violated | canary | |"
    yield "|---|---|--:|--:|---|---|"
    for leg in legs:
        versions = leg.verdict.get("versions", {})
        installed = ", ".join(f"{name} {versions[name]}" for name in ("torch", "captum", "transformers") if versions)
        remarks = plain("; ".join(leg.remarks))
        cells = (leg.name, installed, leg.problems, len(leg.violated), leg.verdict.get("canary", ""), remarks)
        yield f"| {' | '.join(map(str, cells))} |"


def _section(find: Find, violated: set[str]) -> Iterator[str]:
    law, leg = find.law, find.shown_by.name
    follows = f", follows from `{law['implied_by']}`" if law["implied_by"] in violated else ""
    yield f"### `{find.name}`: {law['severity']}{follows}"
    yield f"on {', '.join(find.legs)}: {plain(law['statement'])}"
    yield f"On {leg}: {code(law['message'])}"
    yield block(law["counterexample"])
    yield f"Again: {code('tox exec -e ' + leg + ' -- ' + law['again'])}"
    if law["reproducer"]:
        yield f"Alone: {code(law['reproducer'])}, in the artifact of {leg}"
