"""Mutants of reference/ and strategies/ are tried by the unit tests that import them, nearest first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.power.mutation.campaign import SOURCES, judged, located
from tests.power.mutation.operators import Mutant, mutants
from tests.power.mutation.unit_tests import CHECKOUT, covering, first_failure

QUADRATURE = "reference/oracle/quadrature.py"
NEAREST = CHECKOUT / "tests/unit/reference/test_quadrature.py"


def killer(before: str, after: str) -> str | None:
    """The test of the nearest file that fails on this mutant of the quadrature."""
    files = located("reference")
    source = files[QUADRATURE].read_text(encoding="utf-8")
    assert source.count(before) == 1
    mutant = Mutant(QUADRATURE, 1, "by hand", before, after, source.replace(before, after))
    (end,) = judged([mutant], files, lambda _: first_failure([NEAREST]), {}, limit=60)
    return end.killer


def _mutants(path: str) -> Iterator[Mutant]:
    return mutants((CHECKOUT / path).read_text(encoding="utf-8"), path)


@pytest.mark.night
def test_failing_test_is_named_and_empty_change_passes() -> None:
    assert killer("tuple(k / n for", "tuple((k + 1) / n for") == (
        "tests/unit/reference/test_quadrature.py::test_nodes_and_weights_are_right_to_two_ulps_of_one"
    )
    assert killer("tuple(k / n for", "tuple( k / n for") is None


@pytest.mark.night
def test_mutant_that_cannot_be_imported_is_killed() -> None:
    assert killer("tuple(k / n for", "no_such_function(k / n for") is not None


def test_file_that_imports_the_module_runs_first() -> None:
    order = covering(CHECKOUT / QUADRATURE)
    farther = CHECKOUT / "tests/unit/reference/test_layers.py"
    assert "quadrature" in NEAREST.read_text(encoding="utf-8")
    assert "quadrature" not in farther.read_text(encoding="utf-8")
    assert order.index(NEAREST) < order.index(farther)


def test_every_module_is_covered_but_what_is_found_by_name() -> None:
    """Families, and their twins in NumPy, are found by name, so no import leads to some of them.

    tests/unit/reference/test_families.py and the laws of the stack test them. So is the oracle of nodes, which
    tests/unit/reference/test_patching.py asks through its laws, and strategies/fixed.py, which
    tests/unit/plugin/test_one_model.py asks.
    """
    uncovered = {path for path in SOURCES["reference"] if list(_mutants(path)) and not covering(CHECKOUT / path)}
    twins = {f"reference/oracle/numpy/{name}.py" for name in ("causal", "gpt2", "llama", "twin")}
    models = {"reference/models/roberta.py"}
    assert uncovered == {*models, "reference/oracle/patching.py", "strategies/fixed.py", *twins}


def test_mutant_without_a_test_survives() -> None:
    assert first_failure([]) is None


def test_module_that_no_test_imports_is_covered_by_none() -> None:
    assert covering(CHECKOUT / "tests/tools/mutation.py") == []


def test_packages_are_mutated_as_a_whole() -> None:
    """A new module of the oracle, the models or the strategies is mutated without being listed."""
    oracle = {str(file.relative_to(CHECKOUT)) for file in CHECKOUT.glob("reference/oracle/**/*.py")}
    assert oracle <= set(SOURCES["reference"])
