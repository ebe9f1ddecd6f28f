"""`--worst=FILE`: the problems with the largest error over budget of earlier runs, from a scoreboard's worst.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from reference.problem import Problem


def pytest_configure(config: pytest.Config) -> None:
    """Read the file once before the tests are collected, so that a bad file is one line."""
    worst(config.getoption("--worst"), config.getoption("--subject"))


def worst(file: str | None, subject: str) -> list[tuple[str, Problem]]:
    """Laws of the subject with their problems; none without a file, and none of laws or models that are gone.

    Raises   pytest.UsageError if the file is no worst.json
    """
    if file is None:
        return []
    from reference.laws import LAWS
    from tests.report.parsing import BadProblem, problem_from

    try:
        laws = json.loads(Path(file).read_text(encoding="utf-8")).get(subject, {})
    except (OSError, ValueError, AttributeError) as error:
        raise pytest.UsageError(f"--worst: {file} is not the worst.json of a scoreboard: {error}") from None
    found = []
    for law in (law for law in laws if law in LAWS):
        for entry in laws[law].values():
            try:
                found.append((law, problem_from(entry["problem"])))
            except BadProblem:  # the problem is of another version of this suite
                continue
    return found
