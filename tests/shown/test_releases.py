"""The table law × release tells what was mended and what broke."""

from __future__ import annotations

from typing import Any

import pytest

from tests.releases import table


def verdict(release: str, subject: str = "captum", **outcomes: str) -> dict[str, Any]:
    laws = [{"law": law, "outcome": outcome} for law, outcome in outcomes.items()]
    return {"subject": subject, "versions": {"captum": release}, "laws": laws}


def test_releases_stand_in_their_order_and_changes_are_told() -> None:
    rows = list(
        table(
            [
                verdict("0.10.0", mended="holds", broken="violated", late="holds"),
                verdict("0.9.0", mended="known-defect", broken="holds", late="not-applicable"),
            ]
        )
    )
    assert rows == [
        "| law | 0.9.0 | 0.10.0 | changes |",
        "|---|---|---|---|",
        "| `mended` | broken | holds | mended in 0.10.0 |",
        "| `broken` | holds | broken | **broken** in 0.10.0 |",
        "| `late` | — | holds |  |",
    ]


def test_a_verdict_on_another_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="a verdict on textbook, not on captum"):
        list(table([verdict("0.9.0", subject="textbook")]))
