"""The tables of the pages, from the registries: `python -m tests.tools.tables` writes them. A unit test checks them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from textwrap import dedent

from reference.laws import GROUPS, LAWS, laws_of
from strategies.domain import DOMAINS
from tests.power import search
from tests.power.faults.all_faults import FAULTS
from tests.power.kinds import KINDS
from tests.subjects.cannot_be_asked import tries
from tests.subjects.known_defects import all_entries
from tests.tools import releases, tool_results
from tests.tools.nightly.environments import matrix
from tests.upstream.symptoms import SYMPTOMS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    *sorted(page for floor in ("reference", "strategies", "tests") for page in (ROOT / floor).glob("**/README.md")),
)
"""The pages of the folders. A table is in one of them, between comments with its name."""

ENTRIES = all_entries()
"""The known defects of each subject."""

SUBJECT = ROOT / "reference" / "subject.py"
REPORTED = ROOT / "tests" / "upstream"

PACKAGES = ("torch", "captum", "transformers", "numpy")
"""Packages whose versions differ between the environments of the matrix."""


def laws() -> Iterator[str]:
    """A row for each law, by group."""
    yield "| group | law | statement | |"
    yield "|---|---|---|---|"
    for group in GROUPS:
        for law in laws_of(group):
            role = "primary" if law.primary else f"follows from `{law.implied_by}`"
            yield f"| {group} | `{law.name}` | {_cell(law.statement)} | {role} |"


def signatures() -> Iterator[str]:
    """The methods of a subject, copied from reference/subject.py."""
    text = SUBJECT.read_text(encoding="utf-8")
    protocols = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    methods = [node for protocol in protocols for node in protocol.body if isinstance(node, ast.FunctionDef)]
    yield "```python"
    yield "\n\n\n".join(dedent("    " + str(ast.get_source_segment(text, method))) for method in methods)
    yield "```"


def defects(subject: str) -> Iterator[str]:
    """A row for each known defect of the subject, most severe first."""
    yield "| defect | versions | state | law | what a user sees | severity | upstream |"
    yield "|---|---|---|---|---|---|---|"
    for defect in sorted(ENTRIES[subject], key=lambda defect: (-defect.severity, defect.id)):
        versions, effect = _cell(defect.versions_in_words), _cell(defect.effect)
        yield (
            f"| {defect.id} | {versions} | {defect.state} | `{defect.law}` | {effect} "
            f"| {defect.severity.words} | {_link(defect.upstream)} |"
        )


def without_verdict() -> Iterator[str]:
    """A row for each tool that was tried and has no verdict."""
    yield "| tool | tried on | what came of it |"
    yield "|---|---|---|"
    for one in tries():
        yield f"| {one.tool} {one.version} | {one.on} | {_cell(one.words)} |"


def faults() -> Iterator[str]:
    """A row for each planted fault: its law, and after how many problems, if that was measured."""
    measured = bool(search.kept())
    yield f"| fault | seen by |{' after problems |' if measured else ''} happened in |"
    yield f"|---|---|{'---|' if measured else ''}---|"
    for fault in FAULTS:
        after = f" {search.in_words(fault.name)} |" if measured else ""
        yield f"| {fault.name} | `{fault.law}` |{after} {_link(fault.link)} |"


def kinds() -> Iterator[str]:
    """A row for each fault of each kind that once passed every law."""
    measured = bool(search.kept())
    laws_of_faults = {fault.name: fault.law for fault in FAULTS}
    yield f"| kind | fault | seen by |{' after problems |' if measured else ''}"
    yield f"|---|---|---|{'---|' if measured else ''}"
    for kind, names in KINDS.items():
        for name in names:
            after = f" {search.in_words(name)} |" if measured else ""
            yield f"| {kind} | {name} | `{laws_of_faults[name]}` |{after}"
            kind = ""


def reports() -> Iterator[str]:
    """A row for each file of tests/upstream, from its docstring: threads, question, the answer's first sentence."""
    yield "| thread | question | answer | proof |"
    yield "|---|---|---|---|"
    for path in sorted(REPORTED.glob("test_*.py"), key=lambda path: int(path.stem.removeprefix("test_"))):
        threads, question, answer = _report(path)
        links = ", ".join(f"[#{thread}](https://github.com/meta-pytorch/captum/issues/{thread})" for thread in threads)
        proof = f"[{path.name}]({path.name})"
        yield f"| {links} | {_cell(question)} | {_cell(answer)} | {proof} |"


def symptoms() -> Iterator[str]:
    """A row for each symptom that users reported."""
    yield "| symptom | reported | seen by |"
    yield "|---|---|---|"
    for symptom in SYMPTOMS:
        links = ", ".join(_link(link) for link in symptom.links)
        laws = ", ".join(f"`{LAWS[law].name}`" for law in symptom.laws)
        yield f"| {symptom.seen} | {links} | {laws or f'out of scope: {symptom.why_not}'} |"


def domains() -> Iterator[str]:
    """A row for each domain: the laws that draw from it, what every problem has, and what they need of a family."""
    yield "| domain | laws | every problem has | needs of a family |"
    yield "|---|---|---|---|"
    for name, domain in DOMAINS.items():
        laws = ", ".join(f"`{law.name}`" for law in LAWS.values() if law.domain == name)
        yield f"| `{name}` | {laws} | {', '.join(domain.gives)} | {', '.join(domain.needs)} |"


def environments() -> Iterator[str]:
    """A row for each environment of the matrix, from the pins in pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    yield f"| environment | Python | {' | '.join(PACKAGES)} |"
    yield f"|---|---|{'---|' * len(PACKAGES)}"
    for environment in matrix():
        python, _, torch = environment.partition("-")
        pins = _pins(project["dependency-groups"], torch)
        versions = " | ".join(pins[package] for package in PACKAGES)
        yield f"| `{environment}` | {python[2]}.{python[3:]} | {versions} |"


def _pins(groups: dict[str, list[str | dict[str, str]]], name: str) -> dict[str, str]:
    """The version of each package in a dependency group, and in the groups that it includes."""
    pins: dict[str, str] = {}
    for requirement in groups[name]:
        if isinstance(requirement, dict):
            pins |= _pins(groups, requirement["include-group"])
        else:
            package, _, version = requirement.partition("==")
            pins[package] = version
    return pins


def _report(path: Path) -> tuple[list[str], str, str]:
    """The threads, the question and the answer's first sentence."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    parts = re.match(r"(captum#.*?): (.*?)\.\n\n(.*?\.)\s", docstring, re.DOTALL)
    if parts is None:
        raise ValueError(f"{path.name}: its docstring must be `captum#<thread>: <question>.`, an empty line, an answer")
    threads, question, answer = parts.groups()
    return re.findall(r"captum#(\d+)", threads), question, " ".join(answer.split())


TABLES: dict[str, Callable[[], Iterator[str]]] = {
    "laws": laws,
    "signatures": signatures,
    **{f"defects of {name}": partial(defects, name) for name in ENTRIES},
    "domains": domains,
    "environments": environments,
    "faults": faults,
    "kinds": kinds,
    "reports": reports,
    "symptoms": symptoms,
    "tools without a verdict": without_verdict,
    "tools that score texts": lambda: tool_results.table("scores", tool_results.kept()),
    "tools that score nodes and edges": lambda: tool_results.table("patching", tool_results.kept()),
    "releases": lambda: releases.table(releases.recorded()),
}


def counts() -> dict[str, int]:
    """The numbers in the text of the pages."""
    return {
        "laws": len(LAWS),
        "primary": sum(law.primary for law in LAWS.values()),
        "laws that need refuses": sum("refuses" in law.needs for law in LAWS.values()),
        "defects of captum": len(ENTRIES["captum"]),
        "faults": len(FAULTS),
        "symptoms": len(SYMPTOMS),
        "reports": sum(len(_report(path)[0]) for path in REPORTED.glob("test_*.py")),
    }


def filled(text: str) -> str:
    """`text` with every table and count filled in from the registries."""
    for name, table in TABLES.items():
        text = between(text, name, "\n" + "\n".join(table()) + "\n")
    for name, count in counts().items():
        text = between(text, f"number of {name}", str(count))
    return text


def between(text: str, name: str, content: str) -> str:
    """`text` with `content` between the comments of that name."""
    start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    return re.sub(f"{re.escape(start)}.*?{re.escape(end)}", lambda _: start + content + end, text, flags=re.DOTALL)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _link(target: str) -> str:
    short = re.sub(r"^https://github.com/([^/]+/)?", "", target)
    return f"[{short}]({target})" if target.startswith("http") else target


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")
