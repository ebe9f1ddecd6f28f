"""The table laws × releases shows changes and missing runs, and agrees with the known defects."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from reference.laws import LAWS
from tests.subjects.known_defects import entries_of
from tests.tools.releases import kept, recorded, renewed, table

NOTHING: dict[str, Any] = {"laws": {}, "witnessed": {}}


def verdict(release: str, subject: str = "captum", inconclusive: str | None = None, **outcomes: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "versions": {"captum": release},
        "inconclusive": inconclusive,
        "laws": [{"law": law, "outcome": outcome} for law, outcome in outcomes.items()],
        "known_defects": [{"id": "one", "witnessed": True}],
    }


def test_table_has_changed_laws_and_lists_unchanged_laws_below() -> None:
    rows = list(
        table(
            {
                "mended": {"0.9.0": "known-defect", "0.10.0": "passes"},
                "broken": {"0.9.0": "passes", "0.10.0": "violated"},
                "late": {"0.9.0": "not-applicable", "0.10.0": "passes"},
                "always": {"0.9.0": "violated", "0.10.0": "known-defect"},
                "young": {"0.10.0": "passes"},
                "new": {},
            }
        )
    )
    assert rows == [
        "| law | 0.9.0 | 0.10.0 | changes |",
        "|---|---|---|---|",
        "| `mended` | fails | passes | passes since 0.10.0 |",
        "| `broken` | passes | fails | **fails** since 0.10.0 |",
        "| `young` | not run | passes |  |",
        "| `new` | not run | not run |  |",
        "",
        "Passed by every release that offers it, 1 laws: `late`.",
        "",
        "Failed by every release that offers it, 1 laws: `always`.",
    ]


def test_no_change_is_reported_across_a_release_not_run() -> None:
    gap = {"0.8.0": "passes", "0.10.0": "known-defect"}
    rows = list(table({"gap": gap, "whole": {"0.8.0": "passes", "0.9.0": "violated", "0.10.0": "passes"}}))
    assert "| `gap` | passes | not run | fails |  |" in rows


def test_verdict_on_some_laws_keeps_the_results_of_the_others() -> None:
    whole = renewed(NOTHING, [verdict("0.10.0", nodes="passes", weights="violated"), verdict("0.9.0", nodes="passes")])
    again = renewed(whole, [verdict("0.10.0", nodes="known-defect")])
    assert set(again["laws"]) == set(LAWS)
    assert list(again["laws"]["nodes"].items()) == [("0.9.0", "passes"), ("0.10.0", "known-defect")]
    assert again["laws"]["weights"] == {"0.10.0": "violated"}
    assert again["witnessed"] == {"one": {"0.9.0": True, "0.10.0": True}}


def test_verdict_on_another_subject_raises() -> None:
    with pytest.raises(ValueError, match="expected a verdict on captum, got one on textbook"):
        renewed(NOTHING, [verdict("0.9.0", subject="textbook")])


def test_inconclusive_verdict_raises() -> None:
    with pytest.raises(ValueError, match=r"captum 0.9.0 is inconclusive: the canary was not run"):
        renewed(NOTHING, [verdict("0.9.0", inconclusive="the canary was not run")])


def test_law_that_was_never_run_is_in_the_table() -> None:
    assert set(recorded()) == set(LAWS)


def test_witnesses_failed_on_the_releases_that_known_defects_name() -> None:
    found = kept()
    for defect in entries_of("captum"):
        versions = SpecifierSet(defect.versions)
        for release, failed in found["witnessed"].get(defect.id, {}).items():
            assert failed == (release in versions), f"{defect.id} {defect.versions}: its witness on {release}"
            outcome = found["laws"][defect.law].get(release, "known-defect")
            assert not failed or outcome in ("known-defect", "violated"), f"{defect.law} on {release}: {outcome}"
