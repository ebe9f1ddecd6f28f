"""Check a file of results on the vectors, or export the vectors.

`vectors check results.json` says which flags fail. The exit status is 0 if all answered vectors pass, 1 if one fails,
and 2 if the results cannot be judged. `vectors export FOLDER` writes the JSON files, their schema, their page and
three harnesses to a folder.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    check = actions.add_parser("check", help="judge a file of results")
    check.add_argument("results", type=Path, help="the JSON file; schema.json has its form")
    export = actions.add_parser("export", help="write the vectors to a folder")
    export.add_argument("folder", type=Path, help="the folder, which must not exist, or must be empty")


def run(options: argparse.Namespace) -> int:
    """Check or export; return the exit status."""
    return _check(options.results) if options.action == "check" else _export(options.folder)


def _check(path: Path) -> int:
    from reference.vectors.files import vectors
    from reference.vectors.results import BadResults, read, report

    try:
        judged = report(vectors(), read(path))
    except BadResults as error:
        print(f"ig-conformance vectors: {error}", file=sys.stderr)
        return 2
    print("\n".join(judged.lines()))
    return judged.exit_status


def _export(folder: Path) -> int:
    from reference.vectors.files import FOLDER

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        print(f"ig-conformance vectors: {folder} exists and is not an empty folder", file=sys.stderr)
        return 2
    names = [path for pattern in ("*.json", "*.md", "harness/*.*") for path in sorted(FOLDER.glob(pattern))]
    try:
        for path in names:
            target = folder / path.relative_to(FOLDER)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    except OSError as error:
        print(f"ig-conformance vectors: cannot write to {folder}: {error.strerror}", file=sys.stderr)
        return 2
    print(f"{len(names)} files in {folder}")
    return 0
