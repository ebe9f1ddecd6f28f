"""`python -m tests.tools.reproducers SUBJECT FOLDER`: a script for each known defect of a subject, written and run.

Run it in an environment that has the subject's tool. Each script runs in a process of its own, as a user would run it.
Exit status 0 if each script exits with 1, because the defect is present; otherwise 1; 2 if there is no such subject.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from reference.laws import LAWS
from tests.report.reproducer import Reproducer
from tests.subjects import UnknownSubject, load
from tests.subjects.known_defects import defects_of

CHECKOUT = Path(__file__).parents[2]


def run(script: Path) -> tuple[int, str]:
    """The exit status of the script, and the first line that it prints."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True)
    # If the law cannot be checked, only the last line of stderr says why: a tool may warn before it.
    lines = done.stdout.splitlines() or done.stderr.splitlines()[-1:]
    return done.returncode, lines[0] if lines else ""


def main(arguments: list[str]) -> int:
    """Write and run the scripts; returns the exit status."""
    name, folder = arguments
    try:
        subject = load(name)
    except UnknownSubject as error:
        print(f"reproducers: {error}", file=sys.stderr)
        return 2
    missing = 0
    for defect in defects_of(subject):
        # No single problem can show that a law fails on too many draws.
        if not defect.present() or LAWS[defect.law].share != 1:
            continue
        script = Reproducer(LAWS[defect.law], defect.witness, subject, defect.effect, Path(folder)).write()
        status, line = run(script)
        missing += status != 1
        print(f"{'shows' if status == 1 else 'does not show'} {defect.id}: {script}\n    {line}", flush=True)
    return int(missing > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
