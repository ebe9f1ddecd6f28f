"""The verdict as text, for the terminal: what a user needs first, and the details on request."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from tests.plugin.records import Record
from tests.report.law_verdict import LawVerdict
from tests.report.verdict import Verdict
from tests.report.words import by_severity, running, showing

WIDTH = 100
"""Columns of a line. Only a problem and a command may be longer, so that they can be copied."""

MORE = "-v shows each law and each known defect"


class Line(NamedTuple):
    """A line of the verdict, and its colour on a terminal: a name that pytest's terminal writer knows, or no name."""

    text: str
    colour: str = ""


def fitted(text: str, indent: int = 10, colour: str = "") -> Iterator[Line]:
    """The text in lines of at most WIDTH columns; all but the first are indented. A longer word stays whole."""
    for part in textwrap.wrap(
        text, WIDTH, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    ) or [""]:
        yield Line(part, colour)


def of_versions(label: str, found: dict[str, str]) -> Iterator[Line]:
    """The versions, never broken between the name and the number."""
    whole = {name: number.replace(" ", "\xa0") for name, number in found.items()}
    glued = ", ".join(f"{name}\xa0{number}" for name, number in whole.items())
    yield from (Line(line.text.replace("\xa0", " ")) for line in fitted(f"{label:<10}{glued}"))


def lines(verdict: Verdict, *, details: bool = False) -> Iterator[Line]:
    """The verdict line by line: the answer, then what needs a look; with `details` each law and each known defect."""
    yield from fitted(f"verdict   {verdict.summary}", colour=_colour(verdict))
    yield Line(f"canary    {verdict.canary}")
    yield from of_versions("versions", verdict.versions)
    yield from _violations(verdict)
    yield from _defects(verdict)
    yield from _not_informative(verdict)
    if verdict.warnings:
        yield Line(f"warnings: {len(verdict.warnings)}", "yellow")
        for warned in verdict.warnings:
            yield from fitted(f"  {warned}", 6)
    for dtype, decades in sorted(verdict.sharpness().items()):
        yield from fitted(f"sharpness budget/largest number in {dtype}: {_quantiles(decades)}")
    if verdict.without_errors:
        yield from fitted(f"errors    {verdict.without_errors} (reference/subject.py)")
    if verdict.sameness:
        yield from fitted(f"problems  {verdict.sameness}")
    if details:
        yield from _details(verdict)
    else:
        yield Line(MORE)


def _colour(verdict: Verdict) -> str:
    if verdict.violated or verdict.broken or verdict.died or verdict.elsewhere:
        return "red"
    return "yellow" if verdict.inconclusive or verdict.changed or verdict.wrong_predictions else "green"


def _violations(verdict: Verdict) -> Iterator[Line]:
    violated = verdict.violated
    yield Line(f"violations: {len(violated) or 'none'}", "red" if violated else "")
    names = {law.law for law in violated}
    for law in violated:
        violation = law.violation
        if violation is None:
            continue
        follows = f" (follows from {law.implied_by})" if law.implied_by in names else ""
        said = f"  [{violation.words}] {law.group}/{law.law}{follows}: {violation.message}"
        yield from fitted(said, 6, "red")
        yield Line(f"      {violation.problem}")
        if violation.reproducer:
            yield Line(f"      {running(violation.reproducer)}")


def _defects(verdict: Verdict) -> Iterator[Line]:
    """How many known defects were seen; entries that are wrong one by one, and the user's own list."""
    if verdict.witnesses:
        seen = [record for record in verdict.witnesses if record.seen]
        counted = ", ".join(f"{len(records)} {words}" for words, records in by_severity(verdict).items())
        yield from fitted(f"known defects witnessed: {len(seen)} of {len(verdict.witnesses)} ({counted})")
    for record in verdict.witnesses:
        if not record.seen:
            yield from _defect(verdict, record, 2)
    if verdict.own:
        yield Line("known defects of the list given with --known:")
    for entry in verdict.own:
        state = entry["expired"] or f"shown on {verdict.shown[entry['id']]} problems"
        yield from fitted(f"  {entry['id']} [{entry['words']}] {entry['reason']}; {state}", 6)
    for wrong in verdict.wrong_predictions:
        yield from fitted(f"  WRONG: {wrong}", 6, "red")


def _defect(verdict: Verdict, record: Record, indent: int) -> Iterator[Line]:
    mark = "FIXED UPSTREAM: " if record.fixed else "" if record.seen else "FAILS IN ANOTHER WAY: "
    defect = record.defect
    said = f"{mark}{defect['id']}: {defect['effect']} ({defect['upstream']}); {showing(verdict, record)}"
    yield from fitted(" " * indent + said, indent + 2, "yellow" if mark else "")


def _not_informative(verdict: Verdict) -> Iterator[Line]:
    """The laws that had too few problems on which they could have failed."""
    found = verdict.silent
    if found:
        yield Line(f"not informative: {len(found)}", "yellow")
    for law in found:
        beside = " outside its known defects" if law.known else ""
        count = f"{law.informative} of {law.needed} informative problems that are needed"
        said = f"  {law.group}/{law.law}: {count}{beside}"
        yield from fitted(said, 6)


def _details(verdict: Verdict) -> Iterator[Line]:
    """Each law with its numbers, and each known defect."""
    yield Line("")
    yield Line(f"{'law':<45}{'passed':>6}{'informative':>12}{'by error':>9}{'worst error/budget':>19}  outcome")
    group = None
    for law in verdict.laws:
        if law.group != group:
            group = law.group
            yield Line(group)
        numbers = f"{law.problems:>6}{law.informative:>12}{law.by_error:>9}{law.worst:>19.3g}"
        row, outcome = f"  {law.law:<43}{numbers}", _outcome(law)
        if len(row) + 2 + len(outcome) <= WIDTH:
            yield Line(f"{row}  {outcome}")
        else:
            yield Line(row)
            yield from fitted(f"      {outcome}", 8)
    for words, records in by_severity(verdict).items():
        states = Counter(record.defect["state"] for record in records)
        yield Line("")
        yield Line(f"{words}: {len(records)} ({', '.join(f'{count} {state}' for state, count in states.items())})")
        for record in records:
            yield from _defect(verdict, record, 2)


def _outcome(law: LawVerdict) -> str:
    if law.outcome == "known-defect":
        return _known(law)
    note = f" ({', '.join(law.known)})" if law.known else ""
    shares = [record.share for record in law.records if record.share is not None]
    share = f" on {shares[0]:.1%} of draws" if shares else ""
    lacking = sorted({name for record in law.records for name in record.lacking})
    missing = ""
    if lacking:
        undeclared = lacking == ["refuses"]
        missing = f": the subject {'does not declare' if undeclared else 'has no'} {', '.join(lacking)}"
    elif not law.problems:
        missing = "".join(f": {reason}" for record in law.records[:1] for reason in record.not_applicable)
    note += f"; {law.untried}" if law.untried else ""
    return law.outcome.replace("-", " ") + share + missing + note


def _known(law: LawVerdict) -> str:
    """The outcome of a law with known defects, each with the number of problems that showed it."""
    names = ", ".join(f"{name}: {law.shown[name]}" if law.shown[name] else name for name in law.known)
    return f"{law.beside_known} known defect{'s' if len(law.known) > 1 else ''} ({names})"


def _quantiles(decades: Counter[str]) -> str:
    """Median, 95th percentile and maximum, as the upper end of their decade."""
    ordered = sorted((int(decade), count) for decade, count in decades.items())
    total = sum(count for _, count in ordered)
    found = []
    for name, share in (("median", 0.5), ("95 %", 0.95), ("all", 1.0)):
        met = 0
        for decade, count in ordered:
            met += count
            if met >= share * total:
                found.append(f"{name} < 1e{decade + 1:+03d}")
                break
    return f"{', '.join(found)} (of {total})"
