"""What a tool that scores texts declares, and whether its scores conform to that: for the verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.report.verdict import Verdict

if TYPE_CHECKING:
    from reference.declaration import Declaration

GROUP = "scores"


def lines_of(verdict: Verdict) -> Iterator[str]:
    """The lines of a run in which a law of texts was tried; none if it was not."""
    if any(record.group == GROUP and record.problems for record in verdict.records):
        # Imported here: this module is read before the plug-in has looked whether torch is there.
        from tests.subjects import load

        yield from lines(verdict, load(verdict.subject).declares)


def lines(verdict: Verdict, declaration: Declaration) -> Iterator[str]:
    """Two lines: the declaration with its source, and the laws that the tool does not pass."""
    laws = [law for law in verdict.laws if law.group == GROUP and law.outcome != "not-applicable"]
    yield f"declares  {declaration.words} ({declaration.source}; {', '.join(declaration.families)})"
    if not laws:
        return
    failing = [f"{law.law} ({', '.join(law.known) or 'violated'})" for law in laws if law.violation or law.defects]
    passed = len(laws) - len(failing)
    but = f", but for {', '.join(failing)}" if failing else ""
    yield f"conforms  in {passed} of {len(laws)} laws of texts{but}"
