"""Pages in headless Chromium, if one is installed."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: Debian's package is chromium")

NARROW = 360
"""Pixels: the width of a small telephone."""

MEASURE = """<iframe style="border:0;width:{width}px;height:600px" srcdoc="{page}"></iframe><pre></pre><script>
onload = () => {{
  const page = document.querySelector("iframe").contentDocument.documentElement;
  document.querySelector("pre").textContent = page.scrollWidth;
}};
</script>"""


def width_on_a_telephone(text: str, folder: Path) -> int:
    """How wide the page is in a window of NARROW pixels."""
    file = folder / "measure.html"
    file.write_text(MEASURE.format(width=NARROW, page=html.escape(text, quote=True)), encoding="utf-8")
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
