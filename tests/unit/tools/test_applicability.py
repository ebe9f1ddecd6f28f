"""The table family × law of reference/models/README.md: its rows, its reasons, and a number if a law applies."""

from __future__ import annotations

import pytest
from packaging.version import Version

from reference.laws import LAWS
from reference.models.bert import FAMILY as BERT
from reference.models.versions import TRANSFORMERS
from strategies.domain import DOMAINS
from tests.tools.applicability import families, letters, rows, table
from tests.tools.recipe.page import kept

of_version_5 = pytest.mark.skipif(Version("5") > TRANSFORMERS, reason="the page is about the models of transformers 5")

ONE_PROBLEM = {family.name: {"laws": [{"law": law, "problems": 1} for law in LAWS]} for family in families()}
"""Verdicts in which each law passed one problem."""


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


@of_version_5
def test_page_has_the_rows_and_reasons_of_the_laws_and_families() -> None:
    written, expected = kept("families and laws")[1:-1], [*table(ONE_PROBLEM)]
    assert len(written) == len(expected), "run python -m tests.tools.families FOLDER"
    for there, here in zip(written, expected, strict=True):
        counts = [cell.isdigit() for cell in cells(here)]
        assert [cell for cell, is_count in zip(cells(there), counts, strict=True) if not is_count] == [
            cell for cell, is_count in zip(cells(here), counts, strict=True) if not is_count
        ]


@of_version_5
def test_every_law_that_applies_passed_problems_in_the_run_of_the_page() -> None:
    for line, (laws, reasons) in zip(kept("families and laws")[3:], rows(), strict=False):
        counts = cells(line)[1:]
        assert all(reason or int(count) > 0 for reason, count in zip(reasons, counts, strict=True)), laws


def test_each_law_of_a_family_is_in_one_row() -> None:
    named = [law for laws, _ in rows() for law in laws]
    of_family = [law.name for law in LAWS.values() if DOMAINS[law.domain].of_family and not DOMAINS[law.domain].texts]
    assert sorted(named) == sorted(of_family)


def test_each_reason_has_a_letter_of_its_own() -> None:
    assert len({*letters().values()}) == len(letters()) == len({why for _, whys in rows() for why in whys if why})


def test_laws_of_decoders_do_not_apply_to_bert_though_its_run_tries_them() -> None:
    column = families().index(BERT)
    assert {whys[column] for laws, whys in rows() if "no_future" in laws} == {"it is no decoder"}
