"""What a tool declares of its scores, and whether it conforms to that: for the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.report.verdict import Verdict

if TYPE_CHECKING:
    from reference.declaration import Declaration

DECLARED = {"scores": ("declares", "texts")}
"""By group of laws: the attribute of a subject that has the declaration, and what the laws are about."""


def lines_of(verdict: Verdict) -> Iterator[str]:
    """The lines of a run in which a law was tried that compares a tool with its declaration; none if it was not."""
    for group, declaration in _declarations(verdict).items():
        yield from lines(verdict, declaration, group)


def declared_by(verdict: Verdict) -> dict[str, dict[str, Any]]:
    """The same declarations by group, for JSON."""
    return {
        group: {"words": made.words, "source": made.source, "families": list(made.families)}
        for group, made in _declarations(verdict).items()
    }


def _declarations(verdict: Verdict) -> dict[str, Declaration]:
    tried = {record.group for record in verdict.records if record.tried}
    found = {}
    for group, (attribute, _) in DECLARED.items():
        if group in tried:
            # Imported here: this module is read before the plug-in has looked whether torch is there.
            from tests.subjects import load

            found[group] = getattr(load(verdict.subject), attribute)
    return found


def lines(verdict: Verdict, declaration: Declaration, group: str = "scores") -> Iterator[str]:
    """Two lines: the declaration with its source, and the laws that the tool does not pass."""
    laws = [law for law in verdict.laws if law.group == group and law.outcome != "not-applicable"]
    yield f"declares  {declaration.words} ({declaration.source}; {', '.join(declaration.families)})"
    if not laws:
        return
    failing = [f"{law.law} ({', '.join(law.known) or 'violated'})" for law in laws if law.violation or law.defects]
    passed = len(laws) - len(failing)
    but = f", but for {', '.join(failing)}" if failing else ""
    yield f"conforms  in {passed} of {len(laws)} laws of {DECLARED[group][1]}{but}"
