"""The subjects that ship pass the vectors; what Captum fails is known, and the flags name it."""

from __future__ import annotations

import pytest

from reference.vectors.files import vectors
from tests.subjects import load
from tests.subjects.known_defects import Modelled
from tests.subjects.textbook import Textbook
from tests.unit.reference.vectors.in_torch import judged

VALID = {name: vector for name, vector in vectors().items() if vector["result"] == "valid"}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_textbook_passes_each_vector(dtype: str) -> None:
    found = judged(Textbook(), vectors(), dtype)
    assert found.exit_status == 0, "\n".join(found.lines())
    assert all(outcome.status.value == "passed" for outcome in found.outcomes.values())


def known_flags() -> set[str]:
    """The flags of the known defects of the installed Captum."""
    known = Modelled(load("captum"))
    flags = {"trapezoid-weights": "TrapezoidOverN", "one-riemann-step": "ErrorOnValidCall"}
    return {flags[defect.id] for defect in known.defects if defect.id in flags and known.has(defect)}


def test_captum_in_float32_fails_only_by_its_known_defects() -> None:
    found = judged(load("captum"), VALID, "float32")
    flags = found.failing_flags()
    assert set(flags) == known_flags(), "\n".join(found.lines())
    rules = {flag: {VALID[name]["problem"]["rule"]["method"] for name in names} for flag, names in flags.items()}
    assert rules.get("TrapezoidOverN", {"riemann_trapezoid"}) == {"riemann_trapezoid"}
    assert all(VALID[name]["problem"]["rule"]["n_steps"] == 1 for name in flags.get("ErrorOnValidCall", ()))


def test_captum_in_float64_also_fails_by_rounding_its_rule_to_float32() -> None:
    found = judged(load("captum"), VALID, "float64")
    assert set(found.failing_flags()) == {*known_flags(), "SinglePrecision"}, "\n".join(found.lines())
