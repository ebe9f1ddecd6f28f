"""The table environment × group counts the laws by outcome, and names an environment without a verdict."""

from __future__ import annotations

from typing import Any

from reference.laws import GROUPS
from tests.tools.matrix import table
from tests.tools.nightly.environments import Environment

RULE = ("passes", "passes", "known-defect", "violated", "not-applicable")
LAWS = [{"group": "rule", "outcome": outcome, "problems": 250} for outcome in RULE]
VERDICT: dict[str, Any] = {
    "versions": {"torch": "2.4.1", "captum": "0.8.0", "transformers": "4.46.3", "numpy": "1.26.4", "pytest": "9.2.0"},
    "inconclusive": None,
    "laws": LAWS,
}


def test_row_has_versions_outcomes_and_problems_of_an_environment() -> None:
    assert GROUPS[0] == "rule"
    head, _, row = table([Environment("py311-torch2.4", VERDICT)])
    assert head == f"| environment | torch | captum | transformers | numpy | {' | '.join(GROUPS)} | problems passed | |"
    silent = " | —" * (len(GROUPS) - 1)
    assert row == f"| py311-torch2.4 | 2.4.1 | 0.8.0 | 4.46.3 | 1.26.4 | 2 / 1 / 1 / 0 / 1{silent} | 1,250 |  |"


def test_every_row_has_as_many_cells_as_the_header() -> None:
    rows = list(table([Environment("py311-torch2.4", VERDICT), Environment("py310-torch1.13")]))
    assert len({row.count("|") for row in rows}) == 1


def test_environment_without_a_verdict_is_named_and_inconclusive() -> None:
    *_, row = table([Environment("py310-torch1.13")])
    assert row.startswith("| py310-torch1.13 | — |")
    assert row.endswith("| 0 | inconclusive: there is no verdict |")
