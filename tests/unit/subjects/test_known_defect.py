"""A known defect is in the versions that it names: of its tool, and of what is installed beside it."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

import pytest

from tests.subjects.known_defects import entries_of

TRAPEZOID = next(entry for entry in entries_of("captum") if entry.id == "trapezoid-weights")


@pytest.mark.parametrize(("operator", "present"), [("==", True), ("!=", False)])
def test_defect_is_present_beside_the_versions_that_it_names(operator: str, present: bool) -> None:
    assert replace(TRAPEZOID, beside={"numpy": f"{operator}{version('numpy')}"}).present() is present


def test_verdict_names_the_versions_beside_which_a_defect_is_present() -> None:
    assert replace(TRAPEZOID, beside={"numpy": ">=2"}).as_dict()["versions"] == ">=0.1, with numpy >=2"
