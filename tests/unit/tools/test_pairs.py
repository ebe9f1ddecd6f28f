"""The command that counts pairs of options."""

from __future__ import annotations

from collections import Counter

import pytest

from strategies.options import SPECIAL, factors
from tests.tools.pairs import main, table


def test_every_value_of_an_option_has_its_line_and_every_problem_its_value() -> None:
    first, _, *lines = table(False, ["chunk"])
    assert ": 0 not met, " in first
    problems = Counter({line[21:41].strip(): int(line[41:50]) for line in lines})
    assert list(problems) == [*factors(False)["chunk"], *SPECIAL["chunk"]]
    assert problems.total() == int(first.split()[0])


def test_option_of_special_values_alone_has_its_lines() -> None:
    _, _, line = table(False, ["doubling"])
    assert line.endswith("special: beside one other option at most")


def test_unknown_option_is_one_line_that_suggests_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--layers", "layr"]) == 2
    assert capsys.readouterr().err == "unknown option 'layr': did you mean 'layer'?\n"
