"""`python -m tests.tools.nightly FOLDER`: the result of a nightly run, from the verdicts in the folder.

Exit status 0 if every environment of the matrix passes every law, 1 if one does not or is inconclusive, 2 if the issue
could not be written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.tools.nightly.environments import environments
from tests.tools.nightly.issue import NoIssue, publish
from tests.tools.nightly.page import body, title


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.nightly", description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with the verdicts, verdict-ENVIRONMENT.json, at any depth")
    parser.add_argument("--run", metavar="URL", help="address of the run")
    parser.add_argument("--issue", action="store_true", help="open or update the issue if a law is violated")
    options = parser.parse_args(arguments)
    found = environments(options.folder)
    print(f"# {title(found)}\n\n{body(found, options.run)}")
    if options.issue and any(environment.violated for environment in found):
        try:
            print(publish(title(found), body(found, options.run)))
        except NoIssue as error:
            print(f"nightly: {error}", file=sys.stderr)
            return 2
    return int(any(environment.violated or environment.remarks for environment in found))


if __name__ == "__main__":
    sys.exit(main())
