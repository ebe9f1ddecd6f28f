"""The laws on the user's own model: `pytest tests/properties --model=DIR [--text="…"]`. Without --model, nothing."""

from __future__ import annotations

import pytest
from hypothesis import given

from reference.laws import LAWS, Law
from reference.problem import Problem
from reference.subject import capabilities
from strategies.fixed import ON_A_MODEL, fixed, why_not
from tests.plugin.one_model import chosen
from tests.plugin.records import Ledger
from tests.properties.trial import record_of, try_law
from tests.subjects.known_defects import Modelled

ENOUGH = 1
"""Informative problems without which a law does not pass: a large model has few in its time, and the verdict counts."""

CHOSEN = chosen()
TRIED = [] if CHOSEN is None else [law for law in map(LAWS.__getitem__, ON_A_MODEL) if not why_not(law, CHOSEN[0])]


def named(law: Law) -> str:
    return f"{law.group}/{law.name}"


def add(law: Law) -> None:
    """The test of a law on the model: a function of its own, because its time box is one of its own."""
    assert CHOSEN is not None
    model, ids = CHOSEN

    @given(problem=fixed(model, law, ids))
    def test_law(problem: Problem, subject: Modelled, ledger: Ledger) -> None:
        record = ledger.open(record_of(law))
        record.enough = ENOUGH
        record.lacking = sorted(law.needs - capabilities(subject))
        if record.lacking:
            pytest.skip(f"not applicable: subject {subject.name} has no {', '.join(record.lacking)}")
        try_law(law, problem, subject, record)

    globals()[f"test_law_passes_on_the_model[{named(law)}]"] = test_law


for _law in TRIED:
    add(_law)
