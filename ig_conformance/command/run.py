"""Run the vectors on an implementation in any language.

`run --command "julia harness.jl"` starts the command and exchanges JSON lines with it over stdin and stdout. The page
of the vectors, which `vectors export` writes, has the protocol, and three harnesses to copy. The exit status is 0 if
all answered vectors pass, 1 if one fails, and 2 if the run is inconclusive.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--command", required=True, help='how to start the harness, for example "julia harness.jl"')
    parser.add_argument("--seconds", type=float, default=60.0, help="the time limit of each answer (default: 60)")
    parser.add_argument("--group", action="append", help="only the vectors of this group; may be repeated")
    parser.add_argument("--results", type=Path, help="write the results to this file, for `vectors check`")


def run(options: argparse.Namespace) -> int:
    """Run the vectors and print the report; return the exit status."""
    from ig_conformance.harness import HarnessError, results_of
    from reference.vectors.files import files, vectors
    from reference.vectors.results import report

    groups = [path.stem for path in files()]
    if unknown := [group for group in options.group or () if group not in groups]:
        return _cannot(f"unknown group {unknown[0]!r}: choose from {', '.join(groups)}")
    if not options.seconds > 0:
        return _cannot(f"--seconds must be above 0; got {options.seconds:g}")
    if options.results and (options.results.is_dir() or not options.results.absolute().parent.is_dir()):
        return _cannot(f"--results: cannot write {options.results}; name a file in a folder that exists")
    chosen = vectors(options.group)
    try:
        results = results_of(options.command, chosen, seconds=options.seconds, tell=_tell)
    except HarnessError as error:
        return _cannot(str(error))
    if options.results:
        options.results.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    judged = report(chosen, results)
    print("\n".join(judged.lines()))
    return judged.exit_status


def _tell(line: str) -> None:
    print(f"no answer {line}", file=sys.stderr, flush=True)


def _cannot(why: str) -> int:
    print(f"ig-conformance run: {why}", file=sys.stderr)
    return 2
