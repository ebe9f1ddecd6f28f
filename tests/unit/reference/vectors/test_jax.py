"""The harness for JAX passes the vectors, where JAX is installed: `tox -e vectors` installs it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from ig_conformance.harness import results_of
from reference.vectors.files import FOLDER, vectors
from reference.vectors.results import report

pytest.importorskip("jax", reason="JAX is not installed: `tox -e vectors` runs this test")

HARNESS = FOLDER / "harness" / "jax_grad.py"

ALL = vectors()


def lines(
    harness: Path, chosen: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, x64: bool
) -> tuple[int, list[str]]:
    """The exit status of the report on the vectors, and its lines."""
    monkeypatch.setenv("JAX_ENABLE_X64", str(int(x64)))
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")  # each problem is compiled
    said: list[str] = []
    command = shlex.join([sys.executable, str(harness)])
    found = report(chosen, results_of(command, chosen, seconds=120, tell=said.append))
    assert found.declaration["dtype"] == ("float64" if x64 else "float32")
    return found.exit_status, [*said, *found.lines()]


@pytest.mark.parametrize("x64", [True, False], ids=["float64", "float32"])
def test_jax_passes_all_vectors(x64: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = lines(HARNESS, ALL, monkeypatch, x64)
    assert status == 0, "\n".join(said)
    assert f"vectors   {len(ALL)} passed, 0 failed, 0 skipped, 0 missing" in said


def test_mean_in_place_of_weights_in_jax_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    right = "return declared((nodes + 1) / 2), declared(weights / 2)"
    source = HARNESS.read_text(encoding="utf-8")
    assert right in source
    planted = tmp_path / "planted.py"
    planted.write_text(source.replace(right, "return declared((nodes + 1) / 2), declared(0 * nodes + 1 / n)"), "utf-8")
    status, said = lines(planted, vectors(["rules"]), monkeypatch, x64=True)
    assert status == 1
    assert [line.split(":")[0] for line in said if line.startswith("FAILS")] == ["FAILS     EqualWeights"]
