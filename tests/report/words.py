"""The text of a violation: the parts of a bug report, one per line."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import TYPE_CHECKING

from tests.subjects import checkout, distributions

if TYPE_CHECKING:
    from reference.laws import Law
    from reference.problem import Problem
    from tests.plugin.records import Record
    from tests.report.verdict import Verdict

PACKAGES = ("torch", *distributions(), "transformers", "numpy", "hypothesis", "pytest")


def versions() -> dict[str, str]:
    """The version of each package on which a result may depend, and the folder of a checkout of Captum.

    Of the tools that ship as subjects, those that are installed, and captum.
    """
    found = {}
    for package in PACKAGES:
        try:
            found[package] = checkout.version(package)
        except PackageNotFoundError:
            if package not in distributions() or package == "captum":
                found[package] = "not installed"
    if checkout.folder():
        found["captum"] += f" from {checkout.folder()}"
    return found


def listed(found: dict[str, str]) -> str:
    """Versions on one line."""
    return ", ".join(f"{name} {number}" for name, number in found.items())


def by_severity(verdict: Verdict) -> dict[str, list[Record]]:
    """The witnesses of the known defects by severity in words, most severe first."""
    found: dict[str, list[Record]] = {}
    for record in sorted(verdict.witnesses, key=lambda record: -int(record.defect["severity"])):
        found.setdefault(record.defect["words"], []).append(record)
    return found


def showing(verdict: Verdict, record: Record) -> str:
    """On how many problems laws failed as the known defect predicts; of a modelled one, that the oracle follows it."""
    if record.defect["modelled"]:
        return "the oracle follows its rule"
    return f"shown on {verdict.shown[record.defect['id']]} problems"


def again(problem: str, law: str, subject: str, quote: Callable[[str], str] = shlex.quote) -> str:
    """The command that tries the law on the problem again, for a program; `quote=readable` is for a person."""
    judged = f" --captum {shlex.quote(str(checkout.folder()))}" if checkout.folder() else ""
    return f"python -m tests.tools.replay {quote(problem)} --law {law} --subject {subject}{judged}"


def readable(problem: str) -> str:
    """The problem as one argument of a shell. A repr has single quotes, so double quotes are easier to read."""
    return shlex.quote(problem) if set(problem) & set('"$`\\!') else f'"{problem}"'


def running(script: str) -> str:
    """The command that runs a reproducer from the current folder. A checkout must be put on the path."""
    if __name__.startswith("ig_conformance."):
        return f"python {script}"
    root = Path(__file__).parents[2]
    return f"PYTHONPATH={'.' if root == Path.cwd() else shlex.quote(str(root))} python {script}"


def counterexample(law: Law, problem: Problem, subject: str, message: str, script: str | None = None) -> str:
    """The text of a violation: message, law, problem to paste, commands to run it again, versions."""
    return "\n".join(
        (
            message,
            f"  law       {law.group}/{law.name}: {law.statement}",
            f"  subject   {subject}",
            f"  problem   {problem!r}",
            f"  again     {again(repr(problem), law.name, subject, readable)}",
            f"  script    {script}" if script else "  script    none",
            f"  versions  {listed(versions())}",
        )
    )
