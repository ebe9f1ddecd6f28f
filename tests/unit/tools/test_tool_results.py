"""The tables tools × laws say what the stored runs say, and agree with the known defects."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from reference.laws import laws_of
from tests.subjects import SHIPPED
from tests.subjects.known_defects import entries_of
from tests.tools.tool_results import environments, kept, renewed, table

ENTRY = next(iter(entries_of("quantus")))


def verdict(subject: str = "quantus", inconclusive: str | None = None, **outcomes: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "versions": {"quantus": "0.6.0"},
        "date": "2026-01-01",
        "inconclusive": inconclusive,
        "laws": [{"law": law, "outcome": outcome, "beside_known": "fails"} for law, outcome in outcomes.items()],
        "known_defects": [{"id": ENTRY.id, "witnessed": "known-defect" in outcomes.values()}],
    }


def row(**outcomes: str) -> str:
    """The row of quantus in the table of texts."""
    (*_, last) = table("scores", renewed({}, [verdict(**outcomes)]))
    return last


def test_subject_whose_laws_pass_conforms() -> None:
    assert "| 2026-01-01 | conforms |" in row(score_values="passes", pairs="not-applicable")


def test_subject_that_fails_shows_what_a_user_sees() -> None:
    found = row(score_values="known-defect", pairs="passes")
    assert f"| quantus 0.6.0 | `tool-quantus` | 2026-01-01 | fails: {ENTRY.effect} |" in found
    marks = dict(zip((law.name for law in laws_of("scores")), found.split("|")[6:], strict=False))
    assert {name: mark.strip() for name, mark in marks.items() if mark.strip()} == {"score_values": "✗", "pairs": "✓"}


def test_subject_to_which_no_law_applies_has_no_row() -> None:
    results = renewed({}, [verdict(ends_of_path="passes", score_values="not-applicable")])
    assert len([*table("scores", results)]) == 2
    assert len([*table("patching", results)]) == 3


@pytest.mark.parametrize("empty", [{}, {"score_values": "passes", "inconclusive": "the canary was not run"}])
def test_verdict_that_says_nothing_is_an_error(empty: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"verdict on quantus 0\.6\.0 says nothing"):
        renewed({}, [verdict(**empty)])


def test_each_subject_of_an_environment_has_stored_results() -> None:
    assert set(environments()) == set(kept()) <= set(SHIPPED)


@pytest.mark.parametrize("subject", kept())
def test_each_known_defect_of_a_stored_run_is_an_entry_and_was_shown(subject: str) -> None:
    version = kept()[subject]["version"]
    entries = {entry.id for entry in entries_of(subject) if version in SpecifierSet(entry.versions)}
    assert set(kept()[subject]["defects"]) == entries
