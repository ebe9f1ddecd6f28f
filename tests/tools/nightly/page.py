"""The nightly run as Markdown: the environments, then each violated law with its failing example, most severe first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from reference.violation import Severity
from tests.report.markup import block, code, escaped
from tests.tools.nightly.environments import Environment

LONGEST = 65_536
"""The largest number of characters in the body of an issue on GitHub."""

SEVERITY_OF = {severity.words: severity for severity in Severity}


class ViolatedLaw(NamedTuple):
    """A violated law: its most severe violation, the environment of that, and all environments that violate it."""

    law: dict[str, Any]
    shown_by: Environment
    environments: list[str]

    @property
    def name(self) -> str:
        return f"{self.law['group']}/{self.law['law']}"


def title(environments: Sequence[Environment]) -> str:
    """The result of the nightly run, in one line."""
    count = len(violated_laws(environments))
    laws = {0: "no law is violated", 1: "1 law is violated"}.get(count, f"{count} laws are violated")
    failing = sum(bool(environment.violated) for environment in environments)
    inconclusive = sum(
        any(remark.startswith("inconclusive") for remark in environment.remarks) for environment in environments
    )
    return (
        f"Nightly: {laws}"
        + (f" on {failing} of {len(environments)} environments" if failing else "")
        + (f", {inconclusive} inconclusive" if inconclusive else "")
    )


def body(environments: Sequence[Environment], run: str | None = None) -> str:
    """The page. Laws that would exceed the limit of an issue are only named."""
    head = ["\n".join(_table(environments))]
    if run:
        head.insert(0, f"The run, with the environments' logs, reproducers and examples: {run}")
    found = violated_laws(environments)
    parts = ["\n\n".join(_section(one, {other.law["law"] for other in found})) for one in found]
    for shown in range(len(parts), -1, -1):
        rest = [code(one.name) for one in found[shown:]]
        more = (
            [f"{len(rest)} more are only in the verdicts, because of GitHub's limit: {', '.join(rest)}"] if rest else []
        )
        page = "\n\n".join([*head, *parts[:shown], *more]) + "\n"
        if len(page) <= LONGEST:
            break
    return page


def violated_laws(environments: Sequence[Environment]) -> list[ViolatedLaw]:
    """Each violated law once: its most severe violation, on the smallest problem. Corollaries of others come last."""
    every = [(law, environment) for environment in environments for law in environment.violated]
    every.sort(key=lambda one: (-SEVERITY_OF[one[0]["severity"]], len(one[0]["counterexample"])))
    best: dict[str, ViolatedLaw] = {}
    for law, environment in every:
        where = [other.name for other in environments if law["law"] in (one["law"] for one in other.violated)]
        best.setdefault(law["law"], ViolatedLaw(law, environment, where))
    return sorted(best.values(), key=lambda one: one.law["implied_by"] in best)


def _table(environments: Sequence[Environment]) -> Iterator[str]:
    yield "| environment | versions | problems passed | violated | canary | |"
    yield "|---|---|--:|--:|---|---|"
    for environment in environments:
        versions = environment.verdict.get("versions", {})
        installed = ", ".join(f"{name} {versions[name]}" for name in ("torch", "captum", "transformers") if versions)
        remarks = escaped("; ".join(environment.remarks))
        cells = (
            environment.name,
            installed,
            environment.problems,
            len(environment.violated),
            environment.verdict.get("canary", ""),
            remarks,
        )
        yield f"| {' | '.join(map(str, cells))} |"


def _section(one: ViolatedLaw, violated: set[str]) -> Iterator[str]:
    law, environment = one.law, one.shown_by.name
    follows = f", follows from `{law['implied_by']}`" if law["implied_by"] in violated else ""
    yield f"### `{one.name}`: {law['severity']}{follows}"
    yield f"on {', '.join(one.environments)}: {escaped(law['statement'])}"
    yield f"On {environment}: {code(law['message'])}"
    yield block(law["counterexample"])
    yield f"Again: {code('tox exec -e ' + environment + ' -- ' + law['again'])}"
    if law["reproducer"]:
        yield f"Script: {code(law['reproducer'])}, in the artifact of {environment}"
