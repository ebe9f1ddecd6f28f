"""The command that searches for false alarms: it counts different problems, and its exit status says what it found."""

from __future__ import annotations

from typing import Any

import pytest

from reference.laws import LAWS
from reference.models.bert import FAMILY as BERT
from tests.subjects.textbook import Textbook
from tests.tools import false_alarms

FEW = ["--problems", "8", "--family", "bert", "--seed", "1"]


class TwiceTheRightResult:
    """Wrong in every number."""

    name = "twice"
    device = "cpu"

    @staticmethod
    def ig(*given: Any, **arguments: Any) -> Any:
        return 2 * Textbook.ig(*given, **arguments)

    @staticmethod
    def lig(*given: Any, **arguments: Any) -> Any:
        return 2 * Textbook.lig(*given, **arguments)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(false_alarms, "CHUNK", 8)


def test_right_implementation_raises_no_alarm_and_the_seed_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert false_alarms.main(FEW) == 0
    said = capsys.readouterr().out
    assert said.startswith("--seed=1\n")
    assert ", 0 false alarms" in said


def test_wrong_implementation_fails_with_the_problems(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(false_alarms, "Textbook", TwiceTheRightResult)
    assert false_alarms.main(FEW) == 1
    assert "input_attribution: Problem(model=TinyBert(" in capsys.readouterr().out


def test_problem_that_was_drawn_before_is_not_counted_again() -> None:
    found = false_alarms.Tally("bert")
    false_alarms.search(found, LAWS["input_attribution"], BERT, 5, "one")
    before = len(found.problems)
    false_alarms.search(found, LAWS["input_attribution"], BERT, 5, "one")
    assert len(found.problems) == before > 0
