"""The wheel, built from this checkout and unpacked, and Python in another project that uses it."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

FLOORS = ("reference", "strategies", "tests")

TAKEN = "raise ImportError('this is the file of another project')\n"


def built(folder: Path) -> Path:
    """The folder to which the wheel was unpacked, as an installer would. Built by the PEP 517 hook: tox has no pip."""
    hook = f"import build_backend\nprint(build_backend.build_wheel({str(folder)!r}))"
    run = subprocess.run([sys.executable, "-c", hook], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    installed = folder / "installed"
    zipfile.ZipFile(next(folder.glob("*.whl"))).extractall(installed)
    return installed


def project(folder: Path) -> Path:
    """Another project with its own `tests`, `reference` and `strategies`, which must not be imported."""
    (folder / "tests").mkdir(parents=True)
    for file in ("tests/__init__.py", "reference.py", "strategies.py"):
        (folder / file).write_text(TAKEN, encoding="utf-8")
    return folder


def python(*arguments: str, installed: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Python in that project, with the unpacked wheel first on its path, without the settings of this suite."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("HYPOTHESIS", "PYTEST", "CI"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**own, "PYTHONPATH": os.pathsep.join((str(installed), str(cwd)))},
        capture_output=True,
        text=True,
        check=False,
    )
