"""The table law × release tells what was mended and what broke, and is true of the laws and defects of today."""

from __future__ import annotations

from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from reference.laws import LAWS
from tests.subjects.known_defects import KNOWN_DEFECTS
from tests.tools.releases import kept, renewed, table

NOTHING: dict[str, Any] = {"laws": {}, "witnessed": {}}
RUN_AGAIN = (
    "run tox -e captum010,… -- -k '{} or canary or witness', then python -m tests.tools.releases and tests.tools.tables"
)


def verdict(release: str, subject: str = "captum", void: str | None = None, **outcomes: str) -> dict[str, Any]:
    return {
        "subject": subject,
        "versions": {"captum": release},
        "void": void,
        "laws": [{"law": law, "outcome": outcome} for law, outcome in outcomes.items()],
        "known_defects": [{"id": "one", "witnessed": True}],
    }


def test_changes_are_told_and_what_does_not_change_is_one_line() -> None:
    rows = list(
        table(
            {
                "mended": {"0.9.0": "known-defect", "0.10.0": "holds"},
                "broken": {"0.9.0": "holds", "0.10.0": "violated"},
                "late": {"0.9.0": "not-applicable", "0.10.0": "holds"},
                "always": {"0.9.0": "violated", "0.10.0": "known-defect"},
            }
        )
    )
    assert rows == [
        "| law | 0.9.0 | 0.10.0 | changes |",
        "|---|---|---|---|",
        "| `mended` | broken | holds | mended in 0.10.0 |",
        "| `broken` | holds | broken | **broken** in 0.10.0 |",
        "",
        "Held by every release that offers what is asked, 1 laws: `late`.",
        "",
        "Broken by every release that offers what is asked, 1 laws: `always`.",
    ]


def test_a_verdict_on_some_laws_keeps_what_was_known_of_the_others() -> None:
    whole = renewed(NOTHING, [verdict("0.10.0", nodes="holds", weights="violated"), verdict("0.9.0", nodes="holds")])
    again = renewed(whole, [verdict("0.10.0", nodes="known-defect")])
    assert set(again["laws"]) == set(LAWS)
    assert list(again["laws"]["nodes"].items()) == [("0.9.0", "holds"), ("0.10.0", "known-defect")]
    assert again["laws"]["weights"] == {"0.10.0": "violated"}
    assert again["witnessed"] == {"one": {"0.9.0": True, "0.10.0": True}}


def test_a_verdict_on_another_subject_is_refused() -> None:
    with pytest.raises(ValueError, match="a verdict on textbook, not on captum"):
        renewed(NOTHING, [verdict("0.9.0", subject="textbook")])


def test_a_void_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match=r"captum 0.9.0 is void: the canary was not run"):
        renewed(NOTHING, [verdict("0.9.0", void="the canary was not run")])


def test_every_law_was_asked_of_every_release() -> None:
    laws = kept()["laws"]
    releases = {release for outcomes in laws.values() for release in outcomes}
    assert len(releases) == 8
    for name in LAWS:
        assert set(laws.get(name, ())) == releases, RUN_AGAIN.format(name)
    assert set(laws) == set(LAWS), "a law is gone: python -m tests.tools.releases"


def test_known_defects_have_the_bounds_that_their_witnesses_had() -> None:
    found = kept()
    releases = list(found["laws"]["nodes"])
    for defect in KNOWN_DEFECTS:
        inside = [release for release in releases if release in SpecifierSet(defect.versions)]
        seen = [release for release, failed in found["witnessed"].get(defect.id, {}).items() if failed]
        assert seen == inside, f"{defect.id} {defect.versions}: {RUN_AGAIN.format(defect.law)}"
        assert all(found["laws"][defect.law][release] in ("known-defect", "violated") for release in inside)
