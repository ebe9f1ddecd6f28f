"""`python -m tests.tools.tool_verdicts FOLDER SUBJECT… OPTION…`: verdicts of tools that declare their scores, as JSON.

Only the laws of the groups `scores` and `patching`, the witnesses of known defects and the canary are run. Then a
script for each known defect is written to FOLDER/SUBJECT and run, and must show the defect.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import takewhile
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
    chosen = ["-k", "scores/ or patching/ or witness or canary", "--subject", subject, f"--verdict-json={verdict}"]
    return [sys.executable, "-m", "pytest", "-q", "-n", "auto", *TESTS, *chosen, *more]


def scripts(folder: Path, subject: str) -> list[str]:
    """The run of the reproducers of one subject."""
    return [sys.executable, "-m", "tests.tools.reproducers", subject, str(folder / subject)]


def main(arguments: list[str]) -> int:
    """Run each subject, then its reproducers; returns the largest exit status."""
    folder, *others = arguments
    # An option may have a value, which is no subject: the subjects end at the first option.
    subjects = list(takewhile(lambda word: not word.startswith("-"), others))
    more = others[len(subjects) :]
    runs = []
    for subject in subjects:
        runs += [command(Path(folder), subject, more), scripts(Path(folder), subject)]
    return max(subprocess.run(run).returncode for run in runs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
