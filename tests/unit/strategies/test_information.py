"""A draw says something: attributions that are not zero, between values of F that differ, both beyond rounding."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from reference.laws import LAWS, Law
from reference.models.bert import TinyBert
from reference.observing import Event, observed
from reference.oracle.oracle import Oracle
from reference.oracle.quadrature import rule
from reference.problem import DTYPES, Call, Problem, Tokens, Vectors
from reference.violation import NotApplicable
from strategies.domain import DOMAINS, problems_for
from strategies.information import EVERY_ROW_MOVES, GIVEN, moving
from strategies.models import HALVES
from tests.plugin.night import some
from tests.plugin.profiles import nightly
from tests.plugin.records import says_nothing
from tests.subjects.textbook import Textbook
from tests.unit.installed import skip_unless_applies
from tests.unit.strategies.drawing import MANY, PLAIN, STEADY, WHOLE_CALLS, draws
from tests.unit.strategies.test_shrinking import MINIMAL

SHARE = 0.9

GIVEN_IN = 0.95

INFORMATIVE = 0.75

OF_A_DOMAIN = 100
"""Draws of a domain, if the run is no nightly one. Whole calls get MANY: their special values come many at a time."""

FEW = 8
"""Problems for each law: a law costs up to a second on one."""

NOT_COSTLY = [law for law in LAWS.values() if not law.costly]

LOOKED_AT = some(NOT_COSTLY, every=12)
"""The default run looks at every twelfth law. Every verdict says how many problems of a law were informative."""


def informs(problem: Problem) -> bool:
    """Some example has an element of its attribution, and a change of F, larger than their budgets."""
    expected = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps)).ig()
    largest = expected.attribution.abs().flatten(1).amax(1)
    return bool(((largest > expected.elements.value) & (expected.change.abs() > expected.gap.value)).any())


def share(truths: list[bool]) -> float:
    return sum(truths) / len(truths)


@pytest.mark.night
def test_nine_draws_in_ten_are_informative() -> None:
    problems = draws(PLAIN).problems
    told = {problem: informs(problem) for problem in dict.fromkeys(problems)}
    assert len(problems) == MANY
    assert share([told[problem] for problem in problems]) >= SHARE, [repr(p) for p, told in told.items() if not told]


@pytest.mark.parametrize("name", some(DOMAINS, every=6))
def test_nineteen_draws_in_twenty_have_what_the_domain_gives(name: str) -> None:
    drawn: list[Problem] = []

    @settings(STEADY, max_examples=MANY if nightly() or name in WHOLE_CALLS else OF_A_DOMAIN)
    @given(DOMAINS[name](None))
    def search(problem: Problem) -> None:
        drawn.append(problem)

    search()
    assert DOMAINS[name].gives
    for given_by_domain in DOMAINS[name].gives:
        without = [problem for problem in drawn if not GIVEN[given_by_domain](problem)]
        assert len(without) <= (1 - GIVEN_IN) * len(drawn), (given_by_domain, without[0])


STILL = Problem(model=TinyBert(), data=Tokens(ids=((0, 2), (3, 2)), baseline=((0, 2), (1, 2)), mask=((1, 1), (0, 1))))


def test_row_that_stands_still_is_told_from_one_that_moves() -> None:
    assert not GIVEN[EVERY_ROW_MOVES](STILL)
    moved = moving(STILL)
    assert GIVEN[EVERY_ROW_MOVES](moved)
    assert moved.data == Tokens(ids=((1, 2), (3, 3)), baseline=((0, 2), (1, 2)), mask=((1, 1), (0, 1)))
    assert moving(moved) == moved


def test_hidden_row_shows_the_token_that_moves() -> None:
    hidden = replace(STILL, data=replace(STILL.data, mask=((0, 0), (0, 1))))
    assert moving(hidden).data.mask == ((1, 0), (0, 1))


def test_model_that_hides_pad_gets_another_token() -> None:
    data = Tokens(ids=((8,),), baseline=((8,),))
    hiding = Problem(model=TinyBert(vocab=9, variant="mask_from_ids"), data=data)
    assert moving(hiding).data.ids == ((1,),)


@pytest.mark.parametrize(("baseline", "moved"), [(((1,),), 2), (Vectors(), 1)], ids=["ids", "vectors"])
def test_row_of_pad_that_the_model_hides_gets_a_token(baseline: Any, moved: int) -> None:
    still = Problem(model=TinyBert(variant="mask_from_ids"), data=Tokens(ids=((0,),), baseline=baseline))
    assert moving(still).data.ids == ((moved,),)


def test_choice_moves_where_its_output_is_read() -> None:
    data = Tokens(ids=((3, 3, 1, 2),), baseline=((0, 0, 1, 2),))
    second = Problem(model=TinyBert(head="choice"), data=data, call=Call(target=1))
    assert moving(second).data.ids == ((3, 3, 2, 2),)
    assert moving(second.asking(target=0)) == second.asking(target=0)


@pytest.mark.parametrize("law", LOOKED_AT, ids=lambda law: law.name)
def test_three_quarters_of_the_problems_inform_a_law(law: Law) -> None:
    """In half precision, more budgets are as large as the attribution."""
    skip_unless_applies(law)
    silent: list[str] = []

    @settings(STEADY, max_examples=FEW)
    @given(problems_for(law))
    def search(problem: Problem) -> None:
        seen: list[Event] = []
        # A law that passes on a share of draws may fail on one of them.
        with suppress(NotApplicable, law.violation), observed(seen.append):
            law(problem, Textbook())
        if problem.call.dtype not in HALVES:
            silent.append(says_nothing(seen))

    search()
    assert sum(not why for why in silent) >= INFORMATIVE * len(silent), Counter(silent)


@pytest.mark.night
def test_the_error_of_most_integrals_is_less_than_rounding() -> None:
    """What a law of completeness sees is as small as that error: it is doubled often enough."""
    known: dict[str, list[bool]] = {"float32": [], "float64": []}
    for problem in dict.fromkeys(draws("smooth").problems):
        oracle = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps))
        error, expected = oracle.integral().error, oracle.ig()
        for dtype, truths in known.items():
            gap = replace(expected, dtype=DTYPES[dtype]).gap
            truths.append(bool((error <= gap.value).all()))
    assert share(known["float32"]) >= SHARE
    assert share(known["float64"]) > 1 / 2


def test_the_minimal_problem_informs() -> None:
    assert informs(MINIMAL)
