"""Every law on generated problems: one test per primary law and method, one per corollary, one per statistical law.

A law that does not call the subject has no method, and one test. Profile `pr` has two tests in the place of one: half
of the problems are the same in every run, the other half is fresh.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, seed, settings

from reference.laws import LAWS, Law
from reference.models.bert import FAMILY as BERT
from reference.models.family import Family
from reference.oracle.quadrature import METHODS
from reference.problem import Call, Problem
from reference.subject import capabilities
from reference.violation import Violation
from strategies.domain import applies as applies_to
from strategies.domain import problems_for
from tests.plugin.amounts import FULL, LEAST, problems_of
from tests.plugin.families import on_families, sampled, suffix
from tests.plugin.fresh import mixed, seed_for, seed_of_run
from tests.plugin.records import Ledger, Record
from tests.properties.examples import examples_of
from tests.properties.explicit import explicit_of, smallest_like
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

SAMPLED = min(LEAST, settings().max_examples)
"""Problems of a value law on a sampled family: the default run shows that other architectures work at all."""

DRAWS = max(100, settings().max_examples)
"""Draws of a statistical law: a share of 95 % needs a hundred, in every profile."""


def named(law: Law) -> str:
    return f"{law.group}/{law.name}"


def case_id(law: Law, family: Family, method: str | None = None) -> str:
    return f"{named(law)}{'-' if method else ''}{method or ''}{suffix(law, family)}"


def applies(law: Law, subject: Modelled, record: Record, family: Family = BERT) -> None:
    """Skip the test if the subject or the family lacks what the law needs."""
    lacking = applies_to(law, family)
    if lacking:
        record.not_applicable[lacking] += 1
        pytest.skip(f"not applicable: {lacking}")
    record.lacking = sorted(law.needs - capabilities(subject))
    if record.lacking:
        pytest.skip(f"not applicable: subject {subject.name} has no {', '.join(record.lacking)}")


def property_of(
    law: Law,
    family: Family,
    method: str | None = None,
    problems: int = FULL,
    start: str | None = None,
    *,
    fresh: bool = False,
) -> Property:
    """The test of a law: explicit examples first, unless it is `fresh`, then generated problems, from a seed if given.

    Hypothesis does not shrink explicit examples. Therefore they are shrunk here.
    """
    first = {} if fresh else explicit_of(law, method)
    if family is BERT and not fresh:
        first = {**dict.fromkeys(examples_of(law, method), problems_for(law, method)), **first}

    def test_law(problem: Problem, subject: Modelled, ledger: Ledger) -> None:
        record = ledger.open(record_of(law, method))
        record.same = settings().derandomize and not fresh
        applies(law, subject, record, family)
        try:
            try_law(law, problem, subject, record)
        except Violation as violation:
            found, smaller = violation, problem
            if problem in first:
                smaller = smallest_like(problem, first[problem], law, subject)
        else:
            return
        if smaller != problem:
            try_law(law, smaller, subject, record)
        raise found

    allowed = [*settings().suppress_health_check, *([HealthCheck.nested_given] if first else [])]
    drawing = settings(max_examples=problems, suppress_health_check=allowed)
    made: Property = drawing(given(problem=problems_for(law, method, family))(test_law))
    if start is not None:
        made = seed(start)(made)
    if fresh:
        return made
    for problem in reversed([*first]):  # the last one that is attached runs first
        made = example(problem=problem)(made)
    return made


def add(name: str, law: Law, family: Family, method: str | None = None) -> None:
    """The test of this name, and in a mixed profile one more, which gets half of the problems.

    If all runs have the same problems, each test begins at a seed of its own. Hypothesis would derive the seed from the
    source of the test, so that all methods of all laws would have the same problems.
    """
    case, problems = case_id(law, family, method), problems_of(law)
    new = problems // 2 if mixed() else 0
    start = f"{name} {case}"
    globals()[f"{name}[{case}]"] = property_of(
        law, family, method, problems - new, start if settings().derandomize else None
    )
    if new:
        seeded = property_of(law, family, method, new, seed_for(start), fresh=True)
        globals()[f"{name}_on_fresh_problems[{case}]"] = seeded


# Hypothesis attaches explicit examples to a function, and parametrize shares one function among all cases. Therefore
# each case is a separate function, with the name that pytest would give to the case.
for _law, _family, _method in PRIMARY_CASES:
    add("test_primary_law_passes", _law, _family, _method)
for _law, _family in COROLLARY_CASES:
    add("test_corollary_passes", _law, _family)


for _name in ("input_attribution", "layer_attribution"):
    for _family in sampled(seed_of_run()):
        _case = f"test_law_passes_on_a_sampled_family[{case_id(LAWS[_name], _family)}]"
        _fresh = seed_for(_case) if mixed() else None
        globals()[_case] = property_of(LAWS[_name], _family, Call().method, SAMPLED, _fresh)


@pytest.mark.parametrize(("law", "family"), STATISTICAL_CASES, ids=[case_id(*case) for case in STATISTICAL_CASES])
def test_law_passes_on_its_share_of_draws(law: Law, family: Family, subject: Modelled, ledger: Ledger) -> None:
    record = ledger.open(record_of(law))
    record.same = settings().derandomize
    applies(law, subject, record, family)
    passed: list[bool] = []

    @settings(max_examples=DRAWS)
    @given(problem=problems_for(law, family=family))
    def draw(problem: Problem) -> None:
        try:
            if try_law(law, problem, subject, record):
                passed.append(True)
        except Violation as violation:
            if not violation.of_a_number:
                raise
            passed.append(False)

    draw()
    record.share = sum(passed) / len(passed)
    if record.share >= law.share:
        record.violation = None
    assert record.share >= law.share, (
        f"{named(law)} passes on {record.share:.1%} of {len(passed)} draws, not {law.share:.0%}"
    )
