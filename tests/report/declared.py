"""What a tool declares of its scores, and whether it conforms to that: for the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.report.verdict import Verdict

if TYPE_CHECKING:
    from reference.declaration import Declaration, PathDeclaration

ABOUT = {"scores": "texts", "patching": "nodes and edges"}
"""By group of laws in which a tool is compared with its declaration: what the laws are about."""


def lines_of(verdict: Verdict) -> Iterator[str]:
    """The lines of a run in which a law was tried that compares a tool with its declaration; none if it was not."""
    for group in _tried(verdict):
        yield from lines(verdict, group, _declarations(verdict, group))


def declared_by(verdict: Verdict) -> dict[str, dict[str, Any]]:
    """The same declarations by what they are about, for JSON."""
    return {
        about: {"words": made.words, "source": made.source, "families": list(made.families)}
        for group in _tried(verdict)
        for about, made in _declarations(verdict, group).items()
    }


def lines(verdict: Verdict, group: str, declarations: dict[str, Declaration | PathDeclaration]) -> Iterator[str]:
    """A line for each declaration with its source, and one for the laws that the tool does not pass."""
    for about, made in declarations.items():
        of = f"of {about}: " if len(declarations) > 1 else ""
        yield f"declares  {of}{made.words} ({made.source}; {', '.join(made.families)})"
    laws = [law for law in verdict.laws if law.group == group and law.outcome != "not-applicable"]
    if not laws:
        return
    failing = [f"{law.law} ({', '.join(law.known) or 'violated'})" for law in laws if law.violation or law.known]
    passed = len(laws) - len(failing)
    failed = f"; fails {', '.join(failing)}" if failing else ""
    yield f"conforms  passes {passed} of {len(laws)} laws of {ABOUT[group]}{failed}"


def _tried(verdict: Verdict) -> list[str]:
    tried = {record.group for record in verdict.records if record.tried}
    return [group for group in ABOUT if group in tried]


def _declarations(verdict: Verdict, group: str) -> dict[str, Declaration | PathDeclaration]:
    """By what they are about: texts, nodes or edges."""
    # Imported here: this module is read before the plug-in has looked whether torch is there.
    from tests.subjects import load

    subject = load(verdict.subject)
    return {"texts": subject.declares} if group == "scores" else dict(subject.paths)
