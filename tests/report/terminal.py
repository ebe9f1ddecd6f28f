"""The verdict as text, for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.report.law_verdict import LawVerdict
from tests.report.verdict import Verdict
from tests.report.words import by_severity, listed, running, showing


def lines(verdict: Verdict) -> Iterator[str]:
    """The verdict line by line: versions, laws, known defects, violations, sharpness, canary, summary."""
    yield f"versions  {listed(verdict.versions)}"
    yield ""
    yield f"{'law':<48}{'passed':>9}{'informative':>13}{'by error':>10}{'worst error/budget':>20}  outcome"
    group = None
    for law in verdict.laws:
        if law.group != group:
            group = law.group
            yield group
        numbers = f"{law.problems:>9}{law.informative:>13}{law.by_error:>10}{law.worst:>20.3g}"
        yield f"  {law.law:<46}{numbers}  {_outcome(law)}"
    yield from _defects(verdict)
    yield from _violations(verdict)
    if verdict.warnings:
        yield ""
        yield f"warnings: {len(verdict.warnings)}"
        yield from (f"  {warned}" for warned in verdict.warnings)
    yield ""
    for dtype, decades in sorted(verdict.sharpness().items()):
        yield f"sharpness budget / largest number in {dtype}: {_quantiles(decades)}"
    if verdict.without_errors:
        yield f"errors    {verdict.without_errors} (reference/subject.py)"
    if verdict.sameness:
        yield f"problems  {verdict.sameness}"
    yield f"canary    {verdict.canary}"
    yield f"verdict   {verdict.summary}"


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


def _defects(verdict: Verdict) -> Iterator[str]:
    """Known defects by severity, the user's own list, and entries that predict something wrong."""
    if verdict.witnesses:
        seen = [record for record in verdict.witnesses if record.seen]
        yield ""
        yield f"known defects witnessed: {len(seen)} of {len(verdict.witnesses)}"
    for words, records in by_severity(verdict).items():
        states = Counter(record.defect["state"] for record in records)
        yield f"  {words}: {len(records)} ({', '.join(f'{count} {state}' for state, count in states.items())})"
        for record in records:
            mark = "FIXED UPSTREAM: " if record.fixed else "" if record.seen else "FAILS IN ANOTHER WAY: "
            defect = record.defect
            yield f"    {mark}{defect['id']}: {defect['effect']} ({defect['upstream']}); {showing(verdict, record)}"
    if verdict.own:
        yield ""
        yield "known defects of the list given with --known:"
    for entry in verdict.own:
        state = entry["expired"] or f"shown on {verdict.shown[entry['id']]} problems"
        yield f"  {entry['id']} [{entry['words']}] {entry['reason']}; {state}"
    for wrong in verdict.wrong_predictions:
        yield f"  WRONG: {wrong}"


def _violations(verdict: Verdict) -> Iterator[str]:
    violated = verdict.violated
    yield ""
    yield f"violations: {len(violated) or 'none'}"
    names = {law.law for law in violated}
    for law in violated:
        violation = law.violation
        if violation is None:
            continue
        follows = f" (follows from {law.implied_by})" if law.implied_by in names else ""
        yield f"  [{violation.words}] {law.group}/{law.law}{follows}: {violation.message}"
        yield f"      {violation.problem}"
        if violation.reproducer:
            yield f"      {running(violation.reproducer)}"


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
    return f"{', '.join(found)} ({total} comparisons)"
