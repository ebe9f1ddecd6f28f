"""Environment × group of laws: `python -m tests.tools.matrix FOLDER` prints the table.

The folder contains the verdicts, at any depth: `tox -e NAME -- --verdict-json=FOLDER/verdict-NAME.json` writes one.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from reference.laws import GROUPS
from tests.report.law_verdict import OUTCOMES
from tests.tools.nightly.environments import Environment, environments

PACKAGES = ("torch", "captum", "transformers", "numpy")


def table(matrix: Iterable[Environment]) -> Iterator[str]:
    """A row for each environment: in each group, how many laws have each of OUTCOMES, in that order."""
    yield f"| environment | {' | '.join(PACKAGES)} | {' | '.join(GROUPS)} | problems passed | |"
    yield f"|{'---|' * (1 + len(PACKAGES) + len(GROUPS))}--:|---|"
    for environment in matrix:
        versions = [environment.verdict.get("versions", {}).get(package, "—") for package in PACKAGES]
        cells = [
            environment.name,
            *versions,
            *(_cell(environment, group) for group in GROUPS),
            f"{environment.problems:,}",
        ]
        yield f"| {' | '.join(cells)} | {'; '.join(environment.remarks)} |"


def _cell(environment: Environment, group: str) -> str:
    outcomes = Counter(law["outcome"] for law in environment.verdict.get("laws", ()) if law["group"] == group)
    return " / ".join(str(outcomes[outcome]) for outcome in OUTCOMES) if outcomes else "—"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python -m tests.tools.matrix FOLDER (a folder with verdicts, verdict-ENVIRONMENT.json)")
    found = environments(Path(sys.argv[1]))
    print("\n".join(table(found)))
    print(f"\n{sum(environment.problems for environment in found):,} problems passed")
