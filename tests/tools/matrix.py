"""Environment × group of laws: `python -m tests.tools.matrix FOLDER` prints the table.

The folder has the verdicts, as `tox -e LEG -- --verdict-json=FOLDER/verdict-LEG.json` leaves them, at any depth.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from reference.laws import GROUPS
from tests.tools.nightly.legs import Leg, legs

PACKAGES = ("torch", "captum", "transformers", "numpy")
OUTCOMES = ("holds", "known-defect", "violated", "not-applicable")


def table(matrix: Iterable[Leg]) -> Iterator[str]:
    """A row for each leg; in each group, the laws that hold / have a known defect / are violated / do not apply."""
    yield f"| leg | {' | '.join(PACKAGES)} | {' | '.join(GROUPS)} | problems | |"
    yield f"|{'---|' * (1 + len(PACKAGES) + len(GROUPS))}--:|---|"
    for leg in matrix:
        versions = [leg.verdict.get("versions", {}).get(package, "—") for package in PACKAGES]
        cells = [leg.name, *versions, *(_cell(leg, group) for group in GROUPS), f"{leg.problems:,}"]
        yield f"| {' | '.join(cells)} | {'; '.join(leg.remarks)} |"


def _cell(leg: Leg, group: str) -> str:
    outcomes = Counter(law["outcome"] for law in leg.verdict.get("laws", ()) if law["group"] == group)
    return " / ".join(str(outcomes[outcome]) for outcome in OUTCOMES) if outcomes else "—"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("python -m tests.tools.matrix FOLDER: one folder, with the legs' verdicts, verdict-LEG.json")
    found = legs(Path(sys.argv[1]))
    print("\n".join(table(found)))
    print(f"\n{sum(leg.problems for leg in found):,} problems")
