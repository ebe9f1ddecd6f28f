"""Start-up time: transformers is imported only when the first model is made."""

from __future__ import annotations

import pytest

from tests.unit.running import typed

DESCRIBED = (
    "import strategies.domain, tests.power.faults.all_faults, tests.subjects.known_defects, sys; print(*sys.modules)"
)


@pytest.mark.night
def test_laws_problems_faults_and_defects_are_described_without_transformers() -> None:
    loaded = typed("-c", DESCRIBED, environment={}).stdout.split()
    assert "torch" in loaded
    assert "transformers" not in loaded
