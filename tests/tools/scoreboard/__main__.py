"""`python -m tests.tools.scoreboard OUT/ VERDICT.json…`: one static site from the verdicts on all subjects.

A folder stands for the verdicts in it, at any depth; other files in it are skipped, with a warning. `--worst FILE`
names a worst.json of an earlier site, whose entries are kept unless a verdict has a larger one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.tools.scoreboard.runs import BadVerdict, columns, read
from tests.tools.scoreboard.site import write
from tests.tools.scoreboard.worst import Worst, merged


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the site; returns the exit status: 0, or 2 if a file is no verdict."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.scoreboard", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder of the site")
    parser.add_argument("verdicts", type=Path, nargs="+", metavar="VERDICT.json", help="verdicts, or folders of them")
    parser.add_argument("--worst", type=Path, metavar="FILE", help="the worst.json of an earlier site, if there is one")
    options = parser.parse_args(arguments)
    try:
        verdicts = [*_read(options.verdicts)]
        if not verdicts:
            raise BadVerdict("the folders have no verdict")
    except BadVerdict as error:
        print(f"scoreboard: {error}", file=sys.stderr)
        return 2
    found = columns(verdicts)
    write(options.out, found, merged(_old(options.worst), verdicts))
    print(f"{options.out / 'index.html'}: {len(found)} subjects from {len(verdicts)} verdicts")
    return 0


def _read(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Raises   BadVerdict for a file that is named and is no verdict."""
    for path in paths:
        if not path.is_dir():
            yield read(path)
            continue
        for file in sorted(path.rglob("*.json")):
            try:
                yield read(file)
            except BadVerdict as error:  # a nightly run may leave a truncated file
                print(f"scoreboard: skipped {error}", file=sys.stderr)


def _old(path: Path | None) -> Worst:
    """The entries of an earlier site; none before the first one."""
    if path is None or not path.exists():
        return {}
    found: Worst = json.loads(path.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
