"""With `--worst=FILE`: the problems with the largest errors of earlier runs, and others like them, first of all.

From each problem a climb starts: other weights, from the problem that used most of its budget so far. A law with no
comparison has no such problem.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from reference.laws import LAWS
from reference.problem import Problem
from tests.plugin.records import Ledger
from tests.plugin.worst import worst
from tests.properties.test_laws import applies
from tests.properties.trial import record_of, try_law
from tests.subjects.known_defects import Modelled

CLIMBS = 20
"""Problems tried beside each one."""

SEEDS = 2**16


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    found = worst(option("worst"), option("subject"))
    names = [f"{law}-{problem.call.dtype}" for law, problem in found]
    metafunc.parametrize(("name", "problem"), found, ids=names)


def like(problem: Problem) -> Problem:
    """The problem with other weights."""
    return replace(problem, model=replace(problem.model, weight_seed=secrets.randbelow(SEEDS)))


def test_law_passes_on_its_worst_problem_and_on_others_like_it(
    name: str, problem: Problem, subject: Modelled, ledger: Ledger
) -> None:
    law, dtype = LAWS[name], problem.call.dtype
    record = ledger.open(record_of(law, problem.call.method if law.by_method else None))
    applies(law, subject, record)
    try_law(law, problem, subject, record)
    for _ in range(CLIMBS if hasattr(problem.model, "weight_seed") else 0):
        before, other = record.nearest.get(dtype), like(problem)
        try:
            try_law(law, other, subject, record)
        except pytest.skip.Exception:  # the law does not apply to it
            continue
        if record.nearest.get(dtype) != before:
            problem = other
