"""The HTML report fits a telephone, and can be read in the light and in the dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.report.html import page
from tests.unit.report.in_a_browser import NARROW, needs_chromium, width_on_a_telephone
from tests.unit.report.test_html import passed, verdict, violated

STYLE = Path(__file__).parents[2] / "report" / "html" / "style.css"
READABLE = 4.5
"""WCAG 2.1, success criterion 1.4.3: the least contrast of text."""


@needs_chromium
def test_page_is_not_wider_than_a_telephone(tmp_path: Path) -> None:
    long = "layer_" * 100
    assert width_on_a_telephone(page(verdict(violated(long), passed("b"))), tmp_path) <= NARROW


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, as WCAG defines it."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ink", ["ink", "soft", "bad", "link"])
@pytest.mark.parametrize("paper", ["paper", "shade"])
def test_text_has_contrast_in_the_light_and_in_the_dark(ink: str, paper: str) -> None:
    schemes = re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"))
    assert len(schemes) == 2
    for scheme in schemes:
        colours = dict(re.findall(r"--(\w+): (#\w{6})", scheme))
        assert contrast(colours[ink], colours[paper]) >= READABLE
