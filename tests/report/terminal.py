"""The verdict as text, for the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.report.verdict import LawVerdict, Verdict
from tests.report.words import listed, running


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
    yield f"canary    {verdict.canary}"
    yield f"verdict   {verdict.summary}"


def _outcome(law: LawVerdict) -> str:
    note = f" ({', '.join(law.defects)})" if law.defects else ""
    note += f", {law.excluded.total()} problems left out" if law.excluded else ""
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


def _defects(verdict: Verdict) -> Iterator[str]:
    if not verdict.witnesses:
        return
    seen = [record for record in verdict.witnesses if record.seen]
    excluded = sum((law.excluded for law in verdict.laws), Counter())
    yield ""
    yield f"known defects witnessed: {len(seen)} of {len(verdict.witnesses)}"
    for record in sorted(verdict.witnesses, key=lambda record: -int(record.defect["severity"])):
        left_out = f"; {excluded[record.defect['id']]} problems left out" if excluded[record.defect["id"]] else ""
        state = "FIXED UPSTREAM: " if record.fixed else "" if record.seen else "FAILS IN ANOTHER WAY: "
        yield (
            f"  {state}{record.defect['id']} [{record.defect['words']}] {record.defect['effect']} "
            f"({record.defect['upstream']}){left_out}"
        )


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
