"""A law on its smallest problem, as ten lines of code that a reader can paste."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reference.laws import Law
from reference.problem import Problem
from tests.power.faults.all_faults import FAULTS
from tests.report.parsing import BadProblem, problem_from
from tests.report.reproducer import PACKAGE, imports_of
from tests.subjects import SHIPPED
from tests.subjects.known_defects import all_entries
from tests.tools.scoreboard.runs import Column


@dataclass(frozen=True)
class Example:
    """A problem, the subject that fails the law on it, and where it comes from; `fault` if the failure is planted."""

    problem: Problem
    subject: str
    origin: str
    fault: str = ""


def smallest(law: Law, columns: Iterable[Column]) -> Example | None:
    """The smallest problem on which a subject fails the law; if none does, on which a planted fault is seen."""
    found = [*_of_runs(law, columns), *_of_faults(law)]
    return min(found, key=lambda example: (bool(example.fault), len(repr(example.problem))), default=None)


def lines(law: Law, example: Example) -> str:
    """The code. It raises the law's violation if the subject fails."""
    imports = sorted(
        {
            f"from {PACKAGE}.reference.laws import LAWS",
            f"from {PACKAGE}.tests.subjects import load",
            *imports_of(example.problem),
        }
    )
    planted = f'python -m tests.tools.replay "…" --law {law.name} --fault "{example.fault}"'
    comment = f"passes; fails under {planted}" if example.fault else f"raises {law.violation.__name__}"
    called = f'LAWS["{law.name}"](problem, load("{example.subject}"))'
    return "\n".join((*imports, "", f"problem = {example.problem!r}", f"{called}  # {comment}"))


def _of_runs(law: Law, columns: Iterable[Column]) -> Iterable[Example]:
    for column in columns:
        if not column.fails(law.name):
            continue
        try:
            if text := column.laws[law.name]["counterexample"]:
                yield Example(problem_from(text), column.subject, f"a failing example of {column.title}")
        except BadProblem:
            pass  # of a verdict by another version of this suite
        for defect in all_entries().get(column.subject, ()) if column.subject in SHIPPED else ():
            if defect.law == law.name and defect.id in column.laws[law.name]["defects"]:
                yield Example(defect.witness, column.subject, f"the witness of {defect.id} in {column.title}")


def _of_faults(law: Law) -> Iterable[Example]:
    for fault in FAULTS:
        if fault.law == law.name:
            yield Example(fault.witness, "textbook", f"the planted fault “{fault.name}”", fault.name)
