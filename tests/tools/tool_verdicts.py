"""`python -m tests.tools.tool_verdicts FOLDER SUBJECT…`: verdicts of tools that declare their scores, as JSON.

Only the laws of the groups `scores` and `patching`, the witnesses of known defects and the canary are run.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = (
    "tests/properties/test_laws.py",
    "tests/properties/test_known_defects.py",
    "tests/properties/test_canary.py",
)


def command(folder: Path, subject: str, more: list[str]) -> list[str]:
    """The run of pytest on one subject."""
    verdict = folder / f"{subject}.json"
    folder.mkdir(parents=True, exist_ok=True)
    verdict.unlink(missing_ok=True)  # an earlier verdict must not be taken for that of this run
    chosen = ["-k", "scores or patching or witness or canary", "--subject", subject, f"--verdict-json={verdict}"]
    return [sys.executable, "-m", "pytest", "-q", "-n", "auto", *TESTS, *chosen, *more]


def main(arguments: list[str]) -> int:
    """Run each subject; returns the largest exit status."""
    folder, *others = arguments
    subjects = [name for name in others if not name.startswith("-")]
    more = others[len(subjects) :]
    return max(subprocess.run(command(Path(folder), subject, more)).returncode for subject in subjects)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
