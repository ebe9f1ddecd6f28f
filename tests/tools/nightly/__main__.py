"""`python -m tests.tools.nightly FOLDER`: what the legs of a night found, from the verdicts in the folder.

Exit status 0 where every leg of the matrix held every law, 1 where one did not, or left no verdict to be believed, 2
where the issue could not be written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.tools.nightly.issue import NoIssue, tell
from tests.tools.nightly.legs import legs
from tests.tools.nightly.page import body, title


def main(arguments: Sequence[str] | None = None) -> int:
    """What is typed after `python -m tests.tools.nightly`: print the page; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.nightly", description=__doc__)
    parser.add_argument("folder", type=Path, help="with the legs' verdicts, verdict-LEG.json, at any depth")
    parser.add_argument("--run", metavar="URL", help="where the run of the night can be seen")
    parser.add_argument("--issue", action="store_true", help="where a law is violated, open the issue or update it")
    asked = parser.parse_args(arguments)
    night = legs(asked.folder)
    print(f"# {title(night)}\n\n{body(night, asked.run)}")
    if asked.issue and any(leg.violated for leg in night):
        try:
            print(tell(title(night), body(night, asked.run)))
        except NoIssue as error:
            print(f"nightly: {error}", file=sys.stderr)
            return 2
    return int(any(leg.violated or leg.remarks for leg in night))


if __name__ == "__main__":
    sys.exit(main())
