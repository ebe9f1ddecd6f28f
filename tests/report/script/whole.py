"""A script for any law: the law itself on the problem, with the source of all that both are made of.

What a body in laws/ shows on a page, this shows in a few thousand lines; but it is the law, to the letter. Modules are
embedded under another name, so that the script does the same inside a checkout and outside.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from reference.laws import Law
from reference.problem import Problem
from tests.report.parsing import SPECS

PACKAGE = "ig_conformance"
"""What the embedded modules' package is called in a script."""

FLOOR = "reference"
"""All that laws and problems are made of."""

ADAPTER, FOLLOWED = "tests.subjects.captum.adapter", "tests.subjects.captum.followed"
"""How Captum is called, and the rules that it is known to follow: embedded beside the floor where they are needed."""

CHECKOUT = Path(__file__).parents[3]

RULE = """
    def rule(method, n_steps):
        known = right_rule(method, n_steps)
        # Defects that have scripts of their own: this one shows another.
        for follow in [{functions}]:
            known = follow(known, method)
        return known

    subject.rule = rule"""

TEXT = Template((Path(__file__).parent / "whole.py.txt").read_text(encoding="utf-8"))


def whole(law: Law, problem: Problem, subject: Any, origin: str) -> str:
    """The code of the script, without its heading."""
    functions = [rule.__name__ for rule in getattr(subject, "followed", ())]
    lines = [
        *([f"from {FOLLOWED} import {', '.join(sorted(functions))}"] if functions else []),
        f"from {law.check.__module__} import {law.name} as law",
        *_specifications(problem),
        *(["from reference.oracle.quadrature import rule as right_rule"] if functions else []),
        "from reference.violation import NotApplicable, Violation",
    ]
    module, _, found = origin.partition(":")
    asked = f"from {module} import {found} as found  # PYTHONPATH says where it is"
    if origin == "captum":
        asked = _renamed(f"from {ADAPTER} import Captum as found")
    modules: dict[str, str] = {}
    for name in (*_imported("\n".join(lines)), *([ADAPTER] if origin == "captum" else [])):
        _embed(name, modules)
    return TEXT.substitute(
        package=PACKAGE,
        subject=asked,
        imports="\n    ".join(map(_renamed, lines)),
        problem=repr(problem),
        rule=RULE.format(functions=", ".join(functions)) if functions else "",
        sources="\n\n\n".join(f"SOURCES[{_renamed(name)!r}] = r'''{source}'''" for name, source in modules.items()),
    )


def _specifications(problem: Problem) -> Iterator[str]:
    """Imports of what the problem's repr calls."""
    calls = [node.func for node in ast.walk(ast.parse(repr(problem))) if isinstance(node, ast.Call)]
    names = {call.id for call in calls if isinstance(call, ast.Name)}
    for module in sorted({SPECS[name].__module__ for name in names}):
        here = sorted(name for name in names if SPECS[name].__module__ == module)
        yield f"from {module} import {', '.join(here)}"


def _embed(name: str, modules: dict[str, str]) -> None:
    """The module's source, after those of all that it imports from this project."""
    if name in modules:
        return
    source, needed = _read(name)
    for other in needed:
        _embed(other, modules)
    modules[name] = source


@cache
def _read(name: str) -> tuple[str, tuple[str, ...]]:
    """The module's source as a script has it, and the modules of this project that it imports."""
    source = _file(name).read_text(encoding="utf-8")
    return "\n".join(map(_renamed, source.splitlines())) + "\n", tuple(_imported(source))


def _imported(code: str) -> Iterator[str]:
    """The modules of this project that are imported; a package is empty in a script."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith((f"{FLOOR}.", ADAPTER, FOLLOWED)):
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if _file(name).exists() else str(node.module) for name in names)


def _file(name: str) -> Path:
    return CHECKOUT / f"{name.replace('.', '/')}.py"


def _renamed(line: str) -> str:
    """The embedded modules lie in one package: `reference.laws.rule` becomes `ig_conformance.laws.rule`."""
    for name in (ADAPTER, FOLLOWED):
        line = line.replace(name, f"{PACKAGE}.{name.rpartition('.')[2]}_of_the_suite")
    return re.sub(rf"^(\s*from |){FLOOR}(?=[. ])", rf"\1{PACKAGE}", line)
