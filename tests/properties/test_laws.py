"""Every law on generated problems: one test per primary law and method, one per corollary, one per statistical law.

A law that does not call the subject has no method, and one test.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import example, given, settings

from reference.laws import LAWS, Law
from reference.models.bert import FAMILY as BERT
from reference.models.family import Family
from reference.oracle.quadrature import METHODS
from reference.problem import Problem
from reference.subject import capabilities
from reference.violation import Violation
from strategies.domain import applies as applies_to
from strategies.domain import problems_for
from tests.plugin.families import on_families, suffix
from tests.plugin.records import Ledger, Record
from tests.properties.examples import examples_of
from tests.properties.trial import record_of, try_law
from tests.subjects.known_defects import Modelled

Property = Callable[..., None]

PRIMARY = [law for law in LAWS.values() if law.primary]
STATISTICAL = [law for law in LAWS.values() if law.share < 1]
COROLLARIES = [law for law in LAWS.values() if not law.primary and law.share == 1]

PRIMARY_CASES = [
    (law, family, method) for law, family in on_families(PRIMARY) for method in (METHODS if law.by_method else (None,))
]
COROLLARY_CASES = list(on_families(COROLLARIES))
STATISTICAL_CASES = list(on_families(STATISTICAL))

PROBLEMS = settings().max_examples

HALF = min(PROBLEMS, max(25, PROBLEMS // 2))
"""Problems of a corollary: it follows from a primary law that gets all problems."""

DRAWS = max(100, PROBLEMS)
"""Draws of a statistical law: a share of 95 % needs a hundred, in every profile."""


def named(law: Law) -> str:
    return f"{law.group}/{law.name}"


def case_id(law: Law, family: Family, method: str | None = None) -> str:
    return f"{named(law)}{'-' if method else ''}{method or ''}{suffix(law, family)}"


def applies(law: Law, subject: Modelled, record: Record, family: Family = BERT) -> None:
    """Skip the test if the subject or the family lacks what the law needs, or a known defect leaves no problem."""
    lacking = applies_to(law, family)
    if lacking:
        record.not_applicable[lacking] += 1
        pytest.skip(f"not applicable: {lacking}")
    record.lacking = sorted(law.needs - capabilities(subject))
    if record.lacking:
        pytest.skip(f"not applicable: subject {subject.name} has no {', '.join(record.lacking)}")
    for defect in subject.known(law.name):
        if defect.covers(law.name):
            pytest.skip(f"known defect: {defect.id} makes {law.name} fail on every problem")


def property_of(law: Law, family: Family, method: str | None = None, problems: int = PROBLEMS) -> Property:
    """The test of a law: explicit examples first, then `problems` generated ones."""

    def test_law(problem: Problem, subject: Modelled, ledger: Ledger) -> None:
        record = ledger.open(record_of(law, method))
        applies(law, subject, record, family)
        try_law(law, problem, subject, record)

    made: Property = settings(max_examples=problems)(given(problem=problems_for(law, method, family))(test_law))
    for problem in examples_of(law, method) if family is BERT else ():
        made = example(problem=problem)(made)
    return made


# Hypothesis attaches explicit examples to a function, and parametrize shares one function among all cases. Therefore
# each case is a separate function, with the name that pytest would give to the case.
for _law, _family, _method in PRIMARY_CASES:
    globals()[f"test_primary_law_passes[{case_id(_law, _family, _method)}]"] = property_of(_law, _family, _method)
for _law, _family in COROLLARY_CASES:
    globals()[f"test_corollary_passes[{case_id(_law, _family)}]"] = property_of(_law, _family, problems=HALF)


@pytest.mark.parametrize(("law", "family"), STATISTICAL_CASES, ids=[case_id(*case) for case in STATISTICAL_CASES])
def test_law_passes_on_its_share_of_draws(law: Law, family: Family, subject: Modelled, ledger: Ledger) -> None:
    record = ledger.open(record_of(law))
    applies(law, subject, record, family)
    passed: list[bool] = []

    @settings(max_examples=DRAWS)
    @given(problem=problems_for(law, family=family))
    def draw(problem: Problem) -> None:
        try:
            try_law(law, problem, subject, record)
        except Violation:
            passed.append(False)
        else:
            passed.append(True)

    draw()
    record.share = sum(passed) / len(passed)
    if record.share >= law.share:
        record.violation = None
    assert record.share >= law.share, (
        f"{named(law)} passes on {record.share:.1%} of {len(passed)} draws, not {law.share:.0%}"
    )
