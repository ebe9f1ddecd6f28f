"""Write the vectors to reference/vectors: `python -m tests.tools.vectors`. With `--check`, compare and write nothing.

Exit status 0; with `--check` 1 if a file is not what would be written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.tools.progress import progress, say
from tests.tools.vectors.files import FOLDER, GROUPS, file_text


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    about = str(__doc__)
    parser = argparse.ArgumentParser(prog="python -m tests.tools.vectors", description=about.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the files, and write nothing")
    parser.add_argument("--group", choices=GROUPS, action="append", help="only this group; may be repeated")
    options = parser.parse_args(arguments)
    other = 0
    for group in progress(options.group or GROUPS, "groups"):
        path = FOLDER / f"{group}.json"
        made = file_text(group)
        if not options.check:
            path.write_text(made, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_bytes() != made.encode():
            say(f"{path.name} is not what the generator writes")
            other = 1
    return other


if __name__ == "__main__":
    sys.exit(main())
