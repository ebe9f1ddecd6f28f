"""The workflows as GitHub parses them, and their scripts as its runners run them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.unit.running import CHECKOUT, OWN

PATHS = {path.stem: path for path in sorted((CHECKOUT / ".github" / "workflows").glob("*.yml"))}

WORKFLOWS: dict[str, dict[str, Any]] = {
    name: yaml.safe_load(path.read_text(encoding="utf-8")) for name, path in PATHS.items()
}


def steps(workflow: str) -> Iterator[dict[str, Any]]:
    """The steps of all jobs of a workflow."""
    for job in WORKFLOWS[workflow]["jobs"].values():
        yield from job["steps"]


def step(workflow: str, name: str) -> dict[str, Any]:
    """The step with this name."""
    (found,) = (step for step in steps(workflow) if step.get("name") == name)
    return found


def ran(
    step: Mapping[str, Any], *, cwd: Path, commands: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the step's script, with the folder `commands` first on PATH, and with these environment variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
    pipefail = ["-o", "pipefail"] if step.get("shell") == "bash" else []
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", *pipefail, "-c", step["run"]],
        cwd=cwd,
        env={**inherited, **environment, "PATH": f"{commands}{os.pathsep}{inherited['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
