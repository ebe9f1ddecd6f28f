"""Build the wheel: setuptools on a copy of the tree in which the three floors lie inside `ig_conformance`.

`reference`, `strategies` and `tests` are too common as names for site-packages. In the copy `reference.problem` becomes
`ig_conformance.reference.problem`, in imports and in strings that name a module. The sdist and the editable install are
those of setuptools: they hold the tree as it is.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import tempfile
import tokenize
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]

PACKAGE = "ig_conformance"
FLOORS = ("reference", "strategies", "tests")
COPIED = ("pyproject.toml", "README.md", "LICENSE")

CHECKOUT_ONLY = (
    "ig_conformance/checkout.py",
    "tests/benchmarks",
    "tests/power/mutation",
    "tests/properties",
    "tests/tools/detection.py",
    "tests/tools/matrix.py",
    "tests/tools/mistakes.py",
    "tests/tools/mutation.py",
    "tests/tools/nightly",
    "tests/tools/performance.py",
    "tests/tools/releases.py",
    "tests/tools/tables.py",
    "tests/tools/tool_results.py",
    "tests/tools/vectors",
    "tests/unit",
    "tests/upstream",
)
"""Files that work only in a checkout, and are not in the wheel."""

STRINGS = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
"""Python 3.12 and later split an f-string into its parts; before, it is one string."""

OUTSIDE_STATEMENTS = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT}


def build_wheel(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """The wheel of the renamed copy."""
    target, checkout = Path(wheel_directory).absolute(), Path.cwd()
    metadata = metadata_directory and str(Path(metadata_directory).absolute())
    with tempfile.TemporaryDirectory() as folder:
        arrange(checkout, Path(folder))
        os.chdir(folder)
        try:
            return str(build_meta.build_wheel(str(target), config_settings, metadata))
        finally:
            os.chdir(checkout)


def arrange(checkout: Path, folder: Path) -> None:
    """Copy the tree to `folder` with every floor inside the package, and rename the floors' modules in every module."""

    def left_out(parent: str, names: list[str]) -> list[str]:
        inside = Path(parent).relative_to(checkout)
        return [name for name in names if name == "__pycache__" or (inside / name).as_posix() in CHECKOUT_ONLY]

    for name in COPIED:
        shutil.copy2(checkout / name, folder / name)
    for name in (PACKAGE, *FLOORS):
        inside = folder / PACKAGE / ("" if name == PACKAGE else name)
        shutil.copytree(checkout / name, inside, ignore=left_out, dirs_exist_ok=True)
    modules = {f"{floor}.{path.stem}" for floor in FLOORS for path in (folder / PACKAGE / floor).iterdir()}
    for path in (folder / PACKAGE).rglob("*.py"):
        path.write_text(renamed(path.read_text(encoding="utf-8"), modules), encoding="utf-8")


def renamed(source: str, modules: Collection[str]) -> str:
    """The text of a module with the floors' modules under their names in the wheel.

    `modules` are the modules directly inside the floors: a string is changed only where it names one of them.
    """
    for position in sorted(_positions(source, modules), reverse=True):
        source = f"{source[:position]}{PACKAGE}.{source[position:]}"
    return source


def _positions(source: str, modules: Collection[str]) -> Iterator[int]:
    """The positions of names of floors: after `from` or `import`, and in strings."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    named = re.compile(rf"(?<![\w./])({'|'.join(FLOORS)})\.[a-z_]\w*")
    statement: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
        if token.type in OUTSIDE_STATEMENTS:
            statement = [] if token.type != tokenize.NL else statement
            continue
        if token.type in STRINGS:
            for found in named.finditer(source, begin, end):
                if found[0] in modules:
                    yield found.start()
        elif token.string in FLOORS and statement == ["from"]:
            yield begin
        elif token.string in FLOORS and statement[:1] == ["import"] and statement[-1] in ("import", ","):
            raise ValueError(f"line {token.start[0]}: `import {token.string}` binds a name: use `from … import …`")
        statement.append(token.string)
