"""Commands as a person types them, in the checkout, without the settings of the run that the test is part of."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

OWN = ("CI", "GITHUB_", "HYPOTHESIS_", "IG_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
"""Environment variables that a command must not inherit from the run that tests it."""


def typed(
    *arguments: str, environment: Mapping[str, str], importable: Path = CHECKOUT, cwd: Path = CHECKOUT
) -> subprocess.CompletedProcess[str]:
    """`python …`, its output and exit status; modules in `importable` can be imported."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**inherited, "PYTHONPATH": str(importable), **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def suite(*arguments: str, importable: Path = CHECKOUT, **environment: str) -> subprocess.CompletedProcess[str]:
    """`pytest … tests/properties` with the profile smoke."""
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/properties", *arguments)
    return typed(*command, importable=importable, environment={"HYPOTHESIS_PROFILE": "smoke", **environment})
