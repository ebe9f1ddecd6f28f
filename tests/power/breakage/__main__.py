"""`python -m tests.power.breakage` breaks the suite in one place after the other and prints the test that falls.

It ends with 1 where none falls. WORD … breaks only what has one of these words in its description.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.power.breakage.all_breaks import BREAKS
from tests.power.breakage.breaks import Break

CHECKOUT = Path(__file__).parents[3]
NEEDED = ("reference", "strategies", "tests", "conftest.py", "pyproject.toml")
FALLEN = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", re.MULTILINE)


def broken(one: Break, folder: Path) -> None:
    """A checkout with one thing broken."""
    for name in NEEDED:
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    file = folder / one.file
    file.write_text(file.read_text(encoding="utf-8").replace(one.right, one.wrong), encoding="utf-8")


def fallen(one: Break) -> str | None:
    """The first test that fails where that is broken: None if all pass."""
    with TemporaryDirectory() as folder:
        broken(one, Path(folder))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *one.tests],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": folder},
            capture_output=True,
            text=True,
            check=False,
        )
    found = FALLEN.search(done.stdout)
    return found[1].split("::")[-1] if found and done.returncode == 1 else None


def main(words: list[str]) -> int:
    """Break one after the other, and say what fell."""
    chosen = [one for one in BREAKS if not words or any(word in one.what for word in words)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = []
        for one, test in zip(chosen, pool.map(fallen, chosen), strict=True):
            ends.append(test)
            print(f"{one.what}: {test or 'NO TEST FALLS'}", flush=True)
    print(f"{sum(map(bool, ends))} of {len(ends)} seen")
    return int(not all(ends))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
