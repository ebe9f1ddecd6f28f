"""Detecting power: `python -m tests.tools.detection` prints which laws detect which faults, and after which time.

The exit status is 1 if a fault is not detected by its own law, or if a law fails on textbook without a fault.
With the name of a fault, the command prints only the smallest problem that shows it: its witness. With `--measure`, it
searches for each fault nine times, and stores the numbers of problems for the table of tests/power/README.md; with
`--measure NAME …` for these faults alone.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import json
import sys
import warnings
from collections import Counter
from statistics import median

from tests.power.faults.all_faults import FAULTS
from tests.power.matrix import TRIED, false_alarms, seen_by
from tests.power.search import KEPT, Detection, kept, measured, search, smallest
from tests.tools.progress import progress, say


def matrix() -> bool:
    """Print a row for each fault: its law, then the other laws that detect it. Then print the faults per law."""
    sees: Counter[str] = Counter()
    missed = []
    for fault in progress(FAULTS, "faults"):
        laws = seen_by(fault)
        sees.update(laws)
        if fault.law not in laws:
            missed.append(fault.name)
        others = [law for law in laws if law != fault.law]
        own = fault.law if fault.law in laws else "NOT DETECTED"
        say(f"{fault.name}: {own} + {len(others)}: {', '.join(others)}")
    print(f"\nfaults detected by each law, of {len(FAULTS)}")
    for law in TRIED:
        print(f"  {law}: {sees[law]}")
    wrongly = false_alarms()
    print(f"\nnot detected by its own law: {', '.join(missed) or 'none'}")
    print(f"laws that fail on textbook without a fault: {', '.join(wrongly) or 'none'}")
    return not (missed or wrongly)


def times() -> bool:
    """Print after how many problems and CPU seconds each fault is found, without imports and shrinking."""
    search(FAULTS[1])  # so that no timed search imports anything
    detections: dict[str, Detection | None] = {fault.name: search(fault) for fault in progress(FAULTS, "faults")}
    found = {name: one for name, one in detections.items() if one}
    print("\nfirst counterexample")
    for name, one in sorted(found.items(), key=lambda item: item[1].seconds):
        print(f"  {one.seconds:6.2f} s CPU, problem {one.problems:2d}: {name}")
    seconds = [one.seconds for one in found.values()]
    print(f"found {len(found)} of {len(detections)}; median {median(seconds):.2f} s CPU, longest {max(seconds):.2f} s")
    return len(found) == len(detections)


def measure(names: list[str]) -> bool:
    """Store after how many problems nine searches find each fault; print those that a search missed."""
    old = kept()
    new = measured(progress([fault for fault in FAULTS if not names or fault.name in names], "faults"))
    numbers = {fault.name: new.get(fault.name, old.get(fault.name, [])) for fault in FAULTS}
    rows = (f" {json.dumps(name)}: {json.dumps(found)}" for name, found in numbers.items())
    KEPT.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    missed = {name: found for name, found in new.items() if None in found}
    for name, found in missed.items():
        print(f"{name}: {found.count(None)} of {len(found)} searches did not find it")
    return not missed


def main(arguments: list[str]) -> int:
    faults = {fault.name: fault for fault in FAULTS}
    names = [argument for argument in arguments if argument != "--measure"]
    for name in names:
        if name not in faults:
            print(f"unknown fault {name!r}; tests/power/README.md lists the names", file=sys.stderr)
            return 2
    if "--measure" in arguments:
        return int(not measure(names))
    for name in names:
        print(smallest(faults[name]))
    return 0 if names else int(not all([matrix(), times()]))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))
