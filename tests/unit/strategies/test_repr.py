"""The repr of a problem is the counterexample: short, and, evaluated, the problem itself."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given, settings

from reference.models.bert import TinyBert
from reference.problem import Call, Problem
from strategies.domain import DOMAINS
from tests.report.parsing import SPECS as NAMES
from tests.unit.strategies.drawing import STEADY, draws, every_draw
from tests.unit.strategies.test_shrinking import MINIMAL


def parts(value: Any) -> list[Any]:
    """A dataclass and the dataclasses in its fields."""
    if not is_dataclass(value):
        return []
    return [value, *(part for field in fields(value) for part in parts(getattr(value, field.name)))]


@pytest.mark.parametrize("domain", DOMAINS)
def test_repr_evaluates_to_the_problem(domain: str) -> None:
    for problem in draws(domain).problems:
        assert eval(repr(problem), dict(NAMES)) == problem


def test_repr_names_exactly_the_fields_that_differ_from_their_defaults() -> None:
    for part in {part for problem in every_draw() for part in parts(problem)}:
        named = {
            field.name
            for field in fields(part)
            if field.default is MISSING or getattr(part, field.name) != field.default
        }
        call = eval(repr(part), {name: lambda **given: given for name in NAMES})
        assert set(call) == named, part


def test_value_of_another_type_is_shown_though_it_equals_the_default() -> None:
    """An int for a float, a bool for an int: what is pasted must be what failed."""
    assert repr(TinyBert(weight_scale=1)) == "TinyBert(weight_scale=1)"
    assert repr(Call(n_steps=True)) == "Call(n_steps=True)"


def test_tokens_and_their_baseline_are_always_shown() -> None:
    assert repr(MINIMAL.data) == "Tokens(ids=((0,),), baseline=((1,),))"


@pytest.mark.parametrize("domain", ["tokens", "bent", "with_twins", "bags"])
def test_hypothesis_prints_the_problem_by_its_repr(domain: str) -> None:
    """Also where a strategy was mapped: the function that made the problem is of no use in a report."""
    drawn: list[Problem] = []

    @settings(STEADY, max_examples=1)
    @given(problem=DOMAINS[domain](None))
    def fails(problem: Problem) -> None:
        drawn.append(problem)
        raise RuntimeError("a counterexample")

    with pytest.raises(RuntimeError, match="a counterexample") as caught:
        fails()
    assert f"problem={drawn[-1]!r}," in "\n".join(caught.value.__notes__)
