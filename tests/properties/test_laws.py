"""Every law on generated problems: one test per primary law and method, one per corollary, one per statistical law.

A law that asks the subject nothing has no method: it is one test.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.laws import LAWS, Law
from reference.oracle.quadrature import METHODS
from reference.subject import capabilities
from reference.violation import Violation
from strategies.domain import problems_for
from tests.plugin.records import Ledger, Record
from tests.properties.trial import record_of, try_law
from tests.subjects.known_defects import Modelled

PRIMARY = [law for law in LAWS.values() if law.primary]
STATISTICAL = [law for law in LAWS.values() if law.share < 1]
COROLLARIES = [law for law in LAWS.values() if not law.primary and law.share == 1]

ASKED = [(law, method) for law in PRIMARY for method in (METHODS if law.needs else (None,))]

PROBLEMS = settings().max_examples

HALF = min(PROBLEMS, max(25, PROBLEMS // 2))
"""Corollaries follow from a primary law that runs in full."""

DRAWS = max(100, PROBLEMS)
"""A share of 95 % needs a hundred draws to mean something, in the shortest profile too."""


def named(law: Law) -> str:
    return f"{law.group}/{law.name}"


def called(law: Law, method: str | None) -> str:
    return f"{named(law)}-{method}" if method else named(law)


def applies(law: Law, subject: Modelled, record: Record) -> None:
    """Leave the test where the subject lacks what the law needs, or a known defect leaves no problem for it."""
    record.lacking = sorted(law.needs - capabilities(subject))
    if record.lacking:
        pytest.skip(f"not applicable: subject {subject.name} has no {', '.join(record.lacking)}")
    for defect in subject.known(law.name):
        if defect.covers(law.name):
            pytest.skip(f"known defect: {defect.id} breaks {law.name} on every problem")


@pytest.mark.parametrize(("law", "method"), ASKED, ids=[called(*asked) for asked in ASKED])
@given(data=st.data())
def test_primary_law_holds(
    law: Law, method: str | None, data: st.DataObject, subject: Modelled, ledger: Ledger
) -> None:
    record = ledger.open(record_of(law, method))
    applies(law, subject, record)
    try_law(law, data.draw(problems_for(law, method), label="problem"), subject, record)


@pytest.mark.parametrize("law", COROLLARIES, ids=named)
@settings(max_examples=HALF)
@given(data=st.data())
def test_corollary_holds(law: Law, data: st.DataObject, subject: Modelled, ledger: Ledger) -> None:
    record = ledger.open(record_of(law))
    applies(law, subject, record)
    try_law(law, data.draw(problems_for(law), label="problem"), subject, record)


@pytest.mark.parametrize("law", STATISTICAL, ids=named)
def test_law_holds_on_its_share_of_draws(law: Law, subject: Modelled, ledger: Ledger) -> None:
    record = ledger.open(record_of(law))
    applies(law, subject, record)
    held: list[bool] = []

    @settings(max_examples=DRAWS)
    @given(data=st.data())
    def draw(data: st.DataObject) -> None:
        problem = data.draw(problems_for(law))
        try:
            try_law(law, problem, subject, record)
        except Violation:
            held.append(False)
        else:
            held.append(True)

    draw()
    record.share = sum(held) / len(held)
    if record.share >= law.share:
        record.breach = None
    assert record.share >= law.share, (
        f"{named(law)} holds on {record.share:.1%} of {len(held)} draws, not {law.share:.0%}"
    )
