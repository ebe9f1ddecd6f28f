"""A page in headless Chromium, and the contrast of colours."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import reference.html

STYLE = Path(reference.html.__path__[0]) / "style.css"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

NEEDS_CHROMIUM = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: Debian's package is chromium")

NARROW = 360
"""Pixels: the width of a small telephone."""

READABLE = 4.5
"""WCAG 2.1, success criterion 1.4.3: the least contrast of text."""

MEASURE = """<iframe style="border:0;width:{width}px;height:600px" srcdoc="{page}"></iframe><pre></pre><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument.documentElement;
  document.querySelector("pre").textContent = {what};
}};
</script>"""


def width_of(page: str, folder: Path) -> int:
    """How wide the page is if the window is NARROW."""
    return measured("page.scrollWidth", page, folder)


def tallest_cell(page: str, folder: Path) -> int:
    """The height of the highest cell of all tables if the window is NARROW."""
    return measured('Math.max(...[...page.querySelectorAll("th, td")].map(cell => cell.clientHeight))', page, folder)


def measured(what: str, page: str, folder: Path) -> int:
    """The value of the expression about `page`, the root of the document, in pixels."""
    file = folder / "measure.html"
    file.write_text(MEASURE.format(what=what, width=NARROW, page=html.escape(page, quote=True)), encoding="utf-8")
    profile = f"--user-data-dir={folder / 'profile'}"
    assert CHROMIUM is not None
    dumped = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", profile, "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r"<pre>(\d+)</pre>", dumped.stdout)
    assert found is not None
    return int(found[1])


Colour = tuple[float, float, float]


def rgb(colour: str) -> Colour:
    """`#rrggbb` as three numbers up to 255."""
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


def luminance(colour: Colour) -> float:
    """The relative luminance, as WCAG defines it."""
    channels = [value / 255 for value in colour]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """From 1 to 21."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def schemes() -> list[dict[str, Colour]]:
    """The colours of the pages by name: in the light, and in the dark."""
    found = re.findall(r":root \{(.*?)\}", STYLE.read_text(encoding="utf-8"))
    assert len(found) == 2
    return [{name: rgb(colour) for name, colour in re.findall(r"--(\w+): (#\w{6})", scheme)} for scheme in found]
