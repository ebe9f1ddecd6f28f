"""The domains that draw the whole call: every pair of options is met, and what is drawn can be asked."""

from __future__ import annotations

from collections import Counter
from functools import cache, partial
from itertools import combinations

import pytest
from hypothesis import find, settings
from hypothesis.errors import NoSuchExample

from reference.form import Mode
from reference.laws import LAWS
from reference.laws.value.any_call import may_raise
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.observing import Comparison, Event, observed
from reference.oracle.quadrature import METHODS
from reference.problem import Call, Problem
from strategies.covering import Row, covering, pairs
from strategies.domain import DOMAINS
from strategies.options import factors, forbidden, neutral, rows, special, special_rows
from strategies.whole_calls import every_row, rows_with_problems
from tests.subjects.textbook import Textbook
from tests.unit.strategies.drawing import STEADY, WHOLE_CALLS, draws, find_any, minimal
from tests.unit.strategies.test_information import share

OF_LAYERS = pytest.mark.parametrize("layers", [False, True], ids=["ig", "lig"])

LAW_OF = {False: LAWS["any_input_call"], True: LAWS["any_layer_call"]}


@OF_LAYERS
def test_every_allowed_pair_of_options_is_met(layers: bool) -> None:
    met = Counter(frozenset(pair) for row in rows(layers) for pair in combinations(row.items(), 2))
    allowed = pairs(factors(layers), partial(forbidden, layers=layers))
    assert [pair for pair in allowed if not met[pair]] == []
    assert set(met) == set(allowed)


@OF_LAYERS
def test_every_special_value_is_met_alone(layers: bool) -> None:
    """Beside a method in turn; and the infinite offset beside the delta, which alone shows it."""
    plain = neutral(layers) | {"examples": "few"}
    for row, (factor, value) in zip(special_rows(layers), special(layers), strict=True):
        others = {name for name, chosen in row.items() if plain.get(name) != chosen}
        assert {factor} <= others <= {factor, "method", "delta"}
        assert row[factor] == value


@OF_LAYERS
def test_explicit_examples_of_all_methods_are_those_of_each_method(layers: bool) -> None:
    whole = every_row(layers, None)
    assert len(whole) == len(rows(layers)) + len(special_rows(layers))
    assert {problem for method in METHODS for problem in every_row(layers, method)} == set(whole)


def test_covering_array_is_much_smaller_than_the_product_of_its_factors() -> None:
    found = covering({"a": range(5), "b": range(5), "c": range(5)}, lambda pair: False)
    assert len(found) < 50


def test_covering_array_leaves_out_forbidden_pairs_alone() -> None:
    factors = {"a": (0, 1, 2), "b": (0, 1, 2), "c": (0, 1)}

    def equal(pair: Row) -> bool:
        return pair.get("a") == pair.get("b") == 2

    found = covering(factors, equal)
    met = {frozenset(pair) for row in found for pair in combinations(row.items(), 2)}
    assert met == set(pairs(factors, equal))
    assert not any(row["a"] == row["b"] == 2 for row in found)


@cache
def informed(layers: bool) -> dict[Problem, bool]:
    """Whether the comparisons of each explicit example could have failed, on a right implementation."""
    told = {}
    ordinary = [problem for problem, row in every_row(layers, None).items() if row not in special_rows(layers)]
    for problem in ordinary:
        seen: list[Event] = []
        with observed(seen.append):
            LAW_OF[layers](problem, Textbook())
        told[problem] = any(any(one.informative) for one in seen if isinstance(one, Comparison))
    return told


@OF_LAYERS
@pytest.mark.night
def test_nine_explicit_examples_in_ten_are_informative(layers: bool) -> None:
    told = informed(layers)
    assert share([*told.values()]) >= 0.9, [problem for problem, informs in told.items() if not informs]


@pytest.mark.parametrize("domain", WHOLE_CALLS)
def test_drawn_call_allows_an_error_for_one_option_at_most(domain: str) -> None:
    """So an error hides no other option that may be wrong."""
    assert max(len(may_raise(problem)) for problem in draws(domain).problems) <= 1
    find_any(may_raise, domain)


@OF_LAYERS
def test_problem_shrinks_to_the_options_that_matter(layers: bool) -> None:
    found = minimal(
        DOMAINS[LAW_OF[layers].domain](None), lambda problem: problem.call.mode.frozen and problem.call.delta
    )
    call = Call(layer="encode.0" if layers else None, delta=True, mode=Mode(frozen=True))
    assert found == Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=call)


@OF_LAYERS
@pytest.mark.night
def test_no_method_is_drawn_beside_a_special_value_that_excludes_it(layers: bool) -> None:
    """n_steps=True is one step, of which the trapezoid has none."""
    asked = rows_with_problems("riemann_trapezoid", layers=layers)
    with pytest.raises(NoSuchExample):
        find(asked, lambda made: bool(made[0]["steps"] == "bool"), settings=settings(STEADY, max_examples=400))
