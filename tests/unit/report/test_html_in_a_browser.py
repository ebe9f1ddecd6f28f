"""The HTML report fits a telephone, and can be read in the light and in the dark."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugin.records import Record
from tests.report.html import page
from tests.unit.report.browser import NARROW, NEEDS_CHROMIUM, READABLE, contrast, schemes, tallest_cell, width_of
from tests.unit.report.test_html import passed, verdict, violated


@NEEDS_CHROMIUM
def test_page_is_not_wider_than_a_telephone(tmp_path: Path) -> None:
    long = "layer_" * 100
    assert width_of(page(verdict(violated(long), passed("b"))), tmp_path) <= NARROW


@NEEDS_CHROMIUM
@pytest.mark.night
def test_words_in_a_table_stay_whole_on_a_telephone(tmp_path: Path) -> None:
    law = Record(
        kind="law", law="token_scores_differ", group="agreement", statement="One of ten words. " * 5, problems=50
    )
    assert tallest_cell(page(verdict(law)), tmp_path) <= 250


@pytest.mark.parametrize("ink", ["ink", "soft", "bad", "link"])
@pytest.mark.parametrize("paper", ["paper", "shade"])
def test_text_has_contrast_in_the_light_and_in_the_dark(ink: str, paper: str) -> None:
    for colours in schemes():
        assert contrast(colours[ink], colours[paper]) >= READABLE
