"""A violation as a standalone script of one page, ready to be pasted into a report upstream.

The script names the tested versions, contains the problem, and runs the law on the subject. It exits with 1 if
the defect is present, with 0 if it is not, and with 2 if the law cannot be checked.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata, packages_distributions, version
from importlib.util import find_spec
from pathlib import Path
from string import Template
from textwrap import shorten, wrap
from typing import Any

from packaging.version import Version

from reference.laws import Law
from reference.problem import Problem
from tests.report.parsing import SPECS
from tests.report.words import listed, running, versions
from tests.subjects import SHIPPED, checkout

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PACKAGE = "ig_conformance"
"""The name under which the three floors are imported: in a checkout and if installed."""

PINNED = ("torch", "captum", "transformers", "numpy")
"""Packages on which a result may depend."""

PAGE = Template('''\
# /// script
# requires-python = "$python"
# dependencies = [
$dependencies
# ]
# ///
"""Does $subject pass this law of Integrated Gradients?

$facts

Run it with `uv run $path`,
or, if these versions are installed, with `$command`.
Exit status: 1 if the defect is present, 0 if it is not, 2 if the law cannot be checked.
"""

import sys

sys.stdout.reconfigure(errors="backslashreplace")
${path_line}
try:
$imports
$judge
    problem = $problem
    law = LAWS["$law"]
    subject = $loaded
    if lacking := law.needs - capabilities(subject):
        raise NotApplicable(f"the subject has no {', '.join(sorted(lacking))}")
    try:
        law(problem, subject)
    except Violation as violation:
        print(f"VIOLATED  [{violation.severity.words}] {violation}")
        sys.exit(1)
    print("the law passes")
except Exception as error:
    print(f"cannot be checked: {type(error).__name__}: {' '.join(str(error).split())}", file=sys.stderr)
    sys.exit(2)
''')


@dataclass(frozen=True)
class Reproducer:
    """The script that shows whether `subject` passes `law` on `problem`; `found` is the violation's text."""

    law: Law
    problem: Problem
    subject: Any
    found: str | None = None
    folder: Path = Path("reproducers")

    @property
    def path(self) -> Path:
        """The same for the same problem, subject and checkout: processes that write it at once write the same text."""
        mark = hashlib.sha256(f"{self.problem!r} {self._loaded} {checkout.folder()}".encode()).hexdigest()[:8]
        return self.folder / f"{self.law.name}-{mark}.py"

    def write(self) -> Path:
        """Write the script; returns its path."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text(), encoding="utf-8")
        return self.path

    def text(self) -> str:
        """The script."""
        python, own = _project()
        pins = sorted({own, *_pinned(self._module, getattr(self.subject, "distribution", None))})
        return PAGE.substitute(
            python=python,
            dependencies="\n".join(f'#     "{pin}",' for pin in pins),
            subject=self._origin,
            facts=_escaped("\n".join(self._facts())),
            path=self.path.as_posix(),
            command=_escaped(running(self.path.as_posix())),
            path_line=self._path_line(),
            imports="\n".join(f"    {line}" for line in sorted(self._imports())),
            judge=f"\n    judge({str(checkout.folder())!r})  # import captum from this checkout" * self._from_checkout,
            problem=_one_field_per_line(self.problem),
            law=self.law.name,
            loaded=self._loaded,
        )

    @property
    def _origin(self) -> str:
        """The argument of `--subject`."""
        return str(getattr(self.subject, "origin", self.subject.name))

    @property
    def _module(self) -> str | None:
        """The top-level package of a subject outside the suite."""
        return None if self._origin in SHIPPED else self._origin.partition(":")[0].partition(".")[0]

    @property
    def _from_checkout(self) -> bool:
        return checkout.folder() is not None

    @property
    def _follows_another_rule(self) -> bool:
        """If True, the script expects the rule of the known defect, because it shows another defect."""
        return bool(getattr(self.subject, "followed", ()))

    @property
    def _loaded(self) -> str:
        arguments = [self._origin, *([self.subject.device] if self.subject.device != "cpu" else [])]
        loaded = f"load({', '.join(map(repr, arguments))})"
        return f"Modelled({loaded})" if self._follows_another_rule else loaded

    def _path_line(self) -> str:
        """The line that makes a subject importable if it is not installed."""
        folder = self._module and _folder_of(self._module)
        if not folder or folder in _installed():
            return ""
        # Last, because the folder may have a package `tests` of its own.
        return f"sys.path.append({str(folder)!r})  # the folder of {self._module}\n"

    def _facts(self) -> Iterator[str]:
        yield from _wrapped("law", f"{self.law.group}/{self.law.name}: {self.law.statement}")
        if self.found is not None:
            yield from _wrapped("found", shorten(self.found.splitlines()[0], 300))
        yield from _wrapped("versions", listed(versions()))

    def _imports(self) -> Iterator[str]:
        yield f"from {PACKAGE}.reference.laws import LAWS"
        yield f"from {PACKAGE}.reference.subject import capabilities"
        yield f"from {PACKAGE}.reference.violation import NotApplicable, Violation"
        yield f"from {PACKAGE}.tests.subjects import load"
        if self._follows_another_rule:
            yield f"from {PACKAGE}.tests.subjects.known_defects import Modelled"
        if self._from_checkout:
            yield f"from {PACKAGE}.tests.subjects.checkout import judge"
        yield from imports_of(self.problem)


def imports_of(problem: Problem) -> Iterator[str]:
    """The lines that import the classes in the repr of the problem."""
    nodes = ast.walk(ast.parse(repr(problem)))
    used = sorted({ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)})
    for module in sorted({SPECS[name].__module__ for name in used}):
        names = (name for name in used if SPECS[name].__module__ == module)
        yield f"from {PACKAGE}.{module.removeprefix(f'{PACKAGE}.')} import {', '.join(names)}"


def reproducer_for(law: Law, problem: Problem, subject: Any, found: str | None = None) -> Reproducer | None:
    """The script, not written yet; None for a law on a share of draws, which one problem cannot violate."""
    return Reproducer(law, problem, subject, found) if law.share == 1 else None


def _one_field_per_line(problem: Problem) -> str:
    text = repr(problem)
    parsed = ast.parse(text, mode="eval").body
    keywords = parsed.keywords if isinstance(parsed, ast.Call) else []
    fields = [f"        {each.arg}={ast.get_source_segment(text, each.value)},\n" for each in keywords]
    return f"Problem(\n{''.join(fields)}    )" if fields else text


def _escaped(text: str) -> str:
    """The text escaped for a docstring."""
    return text.replace("\\", "\\\\").replace('"""', r"\"\"\"")


def _wrapped(title: str, text: str) -> list[str]:
    return wrap(text, 116, initial_indent=f"{title:<10}", subsequent_indent=" " * 10, break_long_words=False)


def _pinned(module: str | None, tool: str | None) -> Iterator[str]:
    """The tested packages at their versions. A checkout of captum is not pinned: its version cannot be installed.

    `tool` is the distribution that the subject declares.
    """
    distributions = packages_distributions().get(module, []) if module and _folder_of(module) in _installed() else []
    for package in (*PINNED, *distributions, *([tool] if tool else [])):
        try:
            number = Version(version(package)).public
        except PackageNotFoundError:
            continue
        yield package if package == "captum" and checkout.folder() else f"{package}=={number}"


def _folder_of(module: str) -> Path:
    """The folder from which `import module` imports."""
    spec = find_spec(module)
    if spec is None:
        raise ModuleNotFoundError(f"no module named {module!r}", name=module)
    return Path((spec.submodule_search_locations or [str(spec.origin)])[0]).absolute().parent


def _installed() -> set[Path]:
    """The folders of installed packages."""
    return {Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")}


@cache
def _project() -> tuple[str, str]:
    """The Python that this project needs, and its own repository at the tag of this version, as a requirement."""
    name = PACKAGE.replace("_", "-")
    try:
        found = metadata(name)
        python, number = found["Requires-Python"], found["Version"]
        urls = dict(url.split(", ", 1) for url in found.get_all("Project-URL") or [])
    except PackageNotFoundError:
        text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
        project = tomllib.loads(text)["project"]
        python, number, urls = project["requires-python"], project["version"], project["urls"]
    return python, f"{name} @ git+{urls['Repository']}@v{number}"
