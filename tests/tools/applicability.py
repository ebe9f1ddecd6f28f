"""The table family × law, for tests/tools/families.py: how many problems a run passed, or why a law does not apply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Any

from reference.laws import LAWS
from reference.models.families import FAMILIES
from reference.models.family import Family
from strategies.domain import DOMAINS

Row = tuple[tuple[str, ...], tuple[str, ...]]
"""Names of laws, and for each family why they do not apply: an empty text if they do."""


def families() -> list[Family]:
    """The families that the installed transformers has: the columns."""
    return [family for family in FAMILIES.values() if not family.missing]


def rows() -> list[Row]:
    """The laws of models of a family. Laws that apply to the same families, for the same reasons, are one row."""
    found: dict[tuple[str, ...], list[str]] = {}
    for law in LAWS.values():
        domain = DOMAINS[law.domain]
        if domain.of_family and not domain.texts:
            reasons = (domain.lacking_in(family) or "" for family in families())
            found.setdefault(tuple(reason.partition(": ")[2] for reason in reasons), []).append(law.name)
    return sorted(((tuple(laws), reasons) for reasons, laws in found.items()), key=lambda row: -len(row[0]))


def letters() -> dict[str, str]:
    """For each reason why a law does not apply, its letter."""
    reasons = dict.fromkeys(reason for _, reasons in rows() for reason in reasons if reason)
    return dict(zip(reasons, ascii_lowercase, strict=False))


def table(verdicts: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The rows in Markdown, then the reasons. `verdicts` are those of each family.

    Raises   KeyError if the verdict of a family is missing
    """
    letter = letters()
    passed = {name: {law["law"]: law["problems"] for law in verdict["laws"]} for name, verdict in verdicts.items()}
    yield f"| laws | {' | '.join(family.name for family in families())} |"
    yield f"|---|{'--:|' * len(families())}"
    for laws, reasons in rows():
        cells = (
            letter[reason] if reason else str(sum(passed[family.name].get(law, 0) for law in laws))
            for family, reason in zip(families(), reasons, strict=True)
        )
        yield f"| {_named(laws) if any(reasons) else f'{len(laws)} other laws'} | {' | '.join(cells)} |"
    yield ""
    yield from (f"- the {len(laws)} other laws: {_named(laws)}" for laws, reasons in rows() if not any(reasons))
    yield from (f"- {mark}: {reason}" for reason, mark in letter.items())


def _named(laws: tuple[str, ...]) -> str:
    return ", ".join(f"`{law}`" for law in laws)
