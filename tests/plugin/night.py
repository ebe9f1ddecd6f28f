"""Tests marked `night` run at night, or with `-m night`: each takes seconds."""

from __future__ import annotations

import pytest

from tests.plugin.profiles import nightly

MARK = "night"

SKIPPED = pytest.mark.skip(reason="takes seconds: the nightly run tries it, or `-m night`")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}: takes seconds; the default run skips it")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip marked tests, unless the profile is the nightly one or `-m` names the mark."""
    if nightly() or MARK in config.getoption("markexpr"):
        return
    for item in items:
        if item.get_closest_marker(MARK):
            item.add_marker(SKIPPED)
