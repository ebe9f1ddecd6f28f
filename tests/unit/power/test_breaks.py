"""What `python -m tests.power.breakage` breaks is still there to be broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.power.breakage.__main__ import CHECKOUT, fallen
from tests.power.breakage.all_breaks import BREAKS
from tests.power.breakage.breaks import Break

ONE = ("tests/unit/reference/test_quadrature.py::test_left_read_backwards_is_right",)
SEEN = Break("left is right", "reference/oracle/quadrature.py", "tuple(k / n for", "tuple((k + 1) / n for", ONE)
UNSEEN = Break("nothing", "reference/oracle/quadrature.py", "k / n", "k / n", ONE)


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.what)
def test_what_is_to_be_broken_stands_once_in_its_file(one: Break) -> None:
    assert (CHECKOUT / one.file).read_text(encoding="utf-8").count(one.right) == 1
    assert one.wrong != one.right
    assert all(Path(CHECKOUT, test).is_file() for test in one.tests)


def test_no_description_is_used_twice() -> None:
    assert len({one.what for one in BREAKS}) == len(BREAKS)


def test_what_falls_is_named_and_a_change_of_nothing_lets_all_stand() -> None:
    assert fallen(SEEN) == "test_left_read_backwards_is_right"
    assert fallen(UNSEEN) is None
