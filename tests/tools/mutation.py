"""Mutation testing: `python -m tests.tools.mutation textbook` changes that subject in small ways, one after the other.

It prints the changes that no law detects. For `reference`, it changes the code below the laws (reference/oracle,
reference/models, reference/laws/law.py, reference/violation.py, strategies), and runs the unit tests instead of laws.
The exit status is 1 if a mutant survives that is not listed in tests/power/mutation/equivalent.json.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

import argparse
import gc
import importlib.metadata
import json
import random
import sys
import warnings
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Any

from tests.power.mutation.campaign import SOURCES, Judged, judged, located
from tests.power.mutation.equivalent import EQUIVALENT
from tests.power.mutation.operators import mutants
from tests.power.mutation.server import in_child
from tests.power.mutation.trial import Laws
from tests.power.mutation.unit_tests import UnitTests
from tests.tools.progress import progress, say


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.tools.mutation", description=__doc__)
    parser.add_argument("subject", nargs="?", default="captum", choices=tuple(SOURCES))
    parser.add_argument("--sample", type=int, metavar="N", help="number of mutants, drawn at random (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--problems", type=int, default=10, help="number of problems for each law")
    parser.add_argument(
        "--timeout",
        type=float,
        default=60,
        help="CPU seconds for each mutant; for unit tests, at least three times those of a healthy run",
    )
    parser.add_argument(
        "--again", metavar="FILE", help="only the mutants that survived in FILE, written by an earlier --json"
    )
    parser.add_argument("--json", metavar="FILE", help="write the results to FILE")
    return parser.parse_args()


def main(options: argparse.Namespace) -> int:
    """Try the mutants, and print the survivors and the counts."""
    files = located(options.subject)
    judge = UnitTests() if options.subject == "reference" else Laws(options.subject, options.problems)
    gc.collect()
    gc.freeze()

    unmutated = in_child(lambda: judge.healthy(map(str, files.values())), 10 * options.timeout)
    if unmutated.ended_by or unmutated.result["kill"]:
        why = unmutated.ended_by or "{law}: {how}: {problem}".format(**unmutated.result["kill"])
        print(f"{options.subject} fails without a mutation, so no mutant was tried: {why}")
        return 2
    ran = unmutated.result["ran"]
    found = [
        mutant
        for path, file in files.items()
        for mutant in mutants(file.read_text(encoding="utf-8"), path, ran and set(ran[str(file)]))
    ]
    if options.again:
        with open(options.again, encoding="utf-8") as file:
            survived = {one["mutant"] for one in json.load(file)["mutants"] if one["verdict"] == "survived"}
        found = [mutant for mutant in found if str(mutant) in survived]
    chosen = found
    if options.sample is not None and options.sample < len(found):
        chosen = sorted(random.Random(options.seed).sample(found, options.sample), key=found.index)
    package = SOURCES[options.subject][0].split("/")[0]
    version = f" {importlib.metadata.version(package)}" if package == "captum" else ""
    lines = "lines that run" if ran else "all functions"
    print(
        f"{options.subject}{version}: {len(chosen)} of {len(found)} mutants of {lines}, {judge}; "
        f"healthy: survived, {unmutated.result['seconds']:.0f} s CPU{' while traced' if ran else ''}",
        flush=True,
    )

    ends = []
    limit = options.timeout if ran else max(options.timeout, 3 * unmutated.result["seconds"])
    for end in judged(progress(chosen, "mutants"), files, judge.first_kill, EQUIVALENT, limit):
        ends.append(end)
        if end.verdict == "survived":
            say(f"survived [{len(ends)}/{len(chosen)}]  {end.mutant}")
    _summary(ends)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(_as_dict(options, ends), file, indent=1)
    return int(any(end.verdict == "survived" for end in ends))


def _summary(ends: Sequence[Judged]) -> None:
    print("\nkilled by")
    for killer, count in Counter(end.killer for end in ends if end.killer).most_common():
        print(f"  {count:4d}  {killer}")
    equivalent = [end for end in ends if end.equivalent]
    if equivalent:
        print("equivalent")
    for end in equivalent:
        print(f"  {end.mutant}: {end.equivalent}")
    counts = Counter(end.verdict for end in ends)
    seconds = [end.seconds for end in ends if end.seconds is not None]
    print(
        f"\n{len(ends)} mutants: {counts['killed']} killed, {counts['survived']} survived, "
        f"{counts['equivalent']} equivalent; CPU seconds of each: median {median(seconds or [0]):.2f}, "
        f"in all {sum(seconds):.0f}"
    )


def _as_dict(options: argparse.Namespace, ends: Sequence[Judged]) -> dict[str, Any]:
    return {
        "options": vars(options),
        "counts": Counter(end.verdict for end in ends),
        "killers": Counter(end.killer for end in ends if end.killer),
        "mutants": [
            {
                "mutant": str(end.mutant),
                "operator": end.mutant.operator,
                "verdict": end.verdict,
                "killer": end.killer,
                "how": end.how,
                "equivalent": end.equivalent,
                "seconds": end.seconds,
            }
            for end in ends
        ],
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(arguments()))
