"""Tests marked `night` run at night, or with `-m night`: each takes seconds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from _pytest.mark.structures import ParameterSet

from tests.plugin.profiles import nightly

MARK = "night"

SKIPPED = pytest.mark.skip(reason="takes seconds: the nightly run tries it, or `-m night`")


def some(cases: Iterable[Any], every: int = 3, first: int = 0) -> list[Any]:
    """The cases of a table, for `parametrize`: every third, or another share, is tried by day, the others at night.

    A case of several arguments is a `pytest.param`.
    """
    return [case if place % every == first else _at_night(case) for place, case in enumerate(cases)]


def _at_night(case: Any) -> ParameterSet:
    if isinstance(case, ParameterSet):
        return pytest.param(*case.values, marks=[*case.marks, pytest.mark.night], id=case.id)
    return pytest.param(case, marks=pytest.mark.night)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: takes seconds; the default run skips it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip marked tests, unless the profile is the nightly one or `-m` names the mark."""
    if nightly() or MARK in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker(MARK):
            item.add_marker(SKIPPED)
