"""The verdict as Markdown, to paste into a pull request: violations, then groups, then known defects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.plugin.records import OWN
from tests.report.law_verdict import OUTCOMES, LawVerdict
from tests.report.markup import block, code, escaped
from tests.report.verdict import Verdict
from tests.report.words import again, by_severity, listed, running, showing


def page(verdict: Verdict) -> str:
    """The verdict: headline, versions, violations, groups, known defects, canary."""
    parts = [
        f"## Verdict: {escaped(verdict.summary)}",
        f"versions: {escaped(listed(verdict.versions))}",
        *_violations(verdict),
        "\n".join(f"- `{test}` failed without naming a violation" for test in sorted(verdict.broken)),
        "\n".join(_groups(verdict)),
        *_warnings(verdict),
        *_defects(verdict),
        f"{verdict.without_errors}." if verdict.without_errors else "",
        f"Problems: {verdict.sameness}." if verdict.sameness else "",
        f"Canary, planted faults that a run must detect: {verdict.canary}.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _violations(verdict: Verdict) -> Iterator[str]:
    violated = verdict.violated
    yield f"### Violations: {len(violated) or 'none'}"
    names = {law.law for law in violated}
    for law in violated:
        violation = law.violation
        if violation is None:
            continue
        follows = f", follows from `{law.implied_by}`" if law.implied_by in names else ""
        yield f"#### `{law.group}/{law.law}`: {violation.words}{follows}"
        yield escaped(law.statement)
        yield code(violation.message)
        yield block(violation.problem)
        replay = (violation.problem, law.law, verdict.subject)
        script = running(violation.reproducer) if violation.reproducer else again(*replay)
        yield f"Again: {code(script)}"


def _groups(verdict: Verdict) -> Iterator[str]:
    outcomes = ("pass", "known defects", "violated", "not informative", "do not apply")
    numbers = ("problems passed", "informative", "passed by an error", "worst error/budget of a pass")
    yield f"| {' | '.join(('group', 'laws', *outcomes, *numbers))} |"
    yield "|---|" + "--:|" * (1 + len(outcomes) + len(numbers))
    laws = verdict.laws
    for group in dict.fromkeys(law.group for law in laws):
        yield _row(group, [law for law in laws if law.group == group])
    yield _row("**all**", laws)


def _row(title: str, laws: Sequence[LawVerdict]) -> str:
    outcomes = Counter(law.outcome for law in laws)
    worst = max((law.worst for law in laws), default=0.0)
    problems = [sum(getattr(law, name) for law in laws) for name in ("problems", "informative", "by_error")]
    numbers = (len(laws), *(outcomes[outcome] for outcome in OUTCOMES), *problems)
    return f"| {title} | {' | '.join(map(str, numbers))} | {worst:.2g} |"


def _warnings(verdict: Verdict) -> Iterator[str]:
    """What the run warns about, and with which methods a law was not tried."""
    untried = [f"{law.group}/{law.law}: {law.untried}" for law in verdict.laws if law.untried]
    said = [*map(str, verdict.warnings), *untried]
    if said:
        yield f"<details><summary>Warnings: {len(said)}</summary>"
        yield "\n".join(f"- {escaped(one)}" for one in said)
        yield "</details>"


def _defects(verdict: Verdict) -> Iterator[str]:
    for wrong in verdict.wrong_predictions:
        yield f"**Wrong:** {escaped(wrong)}"
    if verdict.own:
        rows = ["| own list | reason | severity | shown |", "|---|---|---|---|"]
        for entry in verdict.own:
            shown = entry["expired"] or f"{verdict.shown[entry['id']]} problems"
            name = escaped(entry["id"].removeprefix(OWN))
            rows.append(f"| {name} | {escaped(entry['reason'])} | {entry['words']} | {shown} |")
        yield "\n".join(rows)
    if not verdict.witnesses:
        return
    seen = [record for record in verdict.witnesses if record.seen]
    yield f"<details><summary>Known defects: {len(seen)} of {len(verdict.witnesses)} witnessed</summary>"
    rows = [
        "| severity | defect | state | law | what a user sees | shown | upstream |",
        "|---|---|---|---|---|---|---|",
    ]
    for words, records in by_severity(verdict).items():
        for record in records:
            mark = "**fixed upstream:** " if record.fixed else "" if record.seen else "**fails in another way:** "
            # As code: a link would add a mention to each of these issues whenever a verdict is pasted.
            upstream = code(record.defect["upstream"].removeprefix("https://github.com/"))
            name, effect, state = (escaped(record.defect[key]) for key in ("id", "effect", "state"))
            shown = showing(verdict, record)
            rows.append(f"| {words} | {mark}{name} | {state} | `{record.law}` | {effect} | {shown} | {upstream} |")
    yield "\n".join(rows)
    yield "</details>"
