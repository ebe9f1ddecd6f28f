"""The unit tests of reference/ and strategies/ try a mutant of these two folders.

A mutant of a module is tried by every test file that imports the module, directly or through other modules of this
checkout. Files with the shortest chain of imports run first, until a test fails.
"""

from __future__ import annotations

import ast
import importlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.power.mutation.operators import Mutant
from tests.power.mutation.server import forget

CHECKOUT = Path(__file__).parents[3]

FILES = [
    file for floor in ("reference", "strategies") for file in sorted(CHECKOUT.glob(f"tests/unit/{floor}/test_*.py"))
]

OURS = ("reference", "strategies", "tests", "conftest")


class UnitTests:
    """All unit tests of reference/ and strategies/, in the profile pr, whose examples are the same in every run."""

    def __init__(self) -> None:
        os.environ["HYPOTHESIS_PROFILE"] = "pr"
        for file in FILES:  # so that no child has to import torch and transformers
            importlib.import_module(".".join(file.relative_to(CHECKOUT).with_suffix("").parts))

    def __str__(self) -> str:
        return f"{len(FILES)} files of unit tests"

    def healthy(self, files: Iterable[str]) -> dict[str, Any]:
        """Without a mutant: the first test that fails, and the CPU seconds; every line of a function is mutated."""
        start = time.process_time()
        return {"kill": first_failure(FILES), "ran": None, "seconds": time.process_time() - start}

    def first_kill(self, mutant: Mutant) -> dict[str, Any] | None:
        """The first test that fails, and how; None if the mutant survives."""
        return first_failure(covering(CHECKOUT / mutant.path))


def covering(module: Path) -> list[Path]:
    """The test files that depend on the module, nearest first."""
    chains = {file: chain for file in FILES if (chain := _chain(file, module)) is not None}
    return sorted(chains, key=chains.__getitem__)


def first_failure(files: Sequence[Path]) -> dict[str, Any] | None:
    """Import this checkout anew, and run the tests until one fails. Returns its name, and how it failed.

    Without files nothing is run, because pytest would collect all tests.
    """
    if not files:
        return None
    for package in OURS:
        forget(package)
    first = _First()
    status = pytest.main(
        ["-x", "-n0", "-q", "-p", "no:cacheprovider", "--rootdir", str(CHECKOUT), *map(str, files)], [first]
    )
    return None if status == pytest.ExitCode.OK else first.failure or {"law": "no test", "how": f"pytest exit {status}"}


class _First:
    """The first report of a failure."""

    def __init__(self) -> None:
        self.failure: dict[str, Any] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and not self.failure:
            self.failure = {"law": report.nodeid.partition("[")[0], "how": str(report.longrepr)[-200:], "problem": ""}


def _chain(file: Path, module: Path) -> int | None:
    """How many imports lead from the file to the module; None if no imports do."""
    met, here, length = {file}, {file}, 0
    while here and module not in here:
        here = {other for one in here for other in _imported(one)} - met
        met |= here
        length += 1
    return length if here else None


@cache
def _imported(file: Path) -> frozenset[Path]:
    return frozenset(_modules(file))


def _modules(file: Path) -> Iterator[Path]:
    """The files of this checkout that a file's import statements name."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            path = CHECKOUT.joinpath(*name.split("."))
            yield from (found for found in (path.with_suffix(".py"), path / "__init__.py") if found.is_file())
