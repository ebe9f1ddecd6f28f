"""What measures a problem's conditioning: float32 against float64, along the path and along others beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from reference.models.bert import TinyBert
from reference.oracle import oracle as oracles
from reference.oracle import path
from reference.oracle.expected import conditioned
from reference.oracle.numpy import bert as numpy_bert
from reference.oracle.oracle import Oracle
from reference.oracle.path import NUDGES, input_path
from reference.oracle.path_integral import PathSum, ScalarField
from reference.oracle.quadrature import Rule, rule
from reference.problem import Call, Problem, Tokens
from tests.properties.examples import LUCKY
from tests.unit.reference.alarm import alarms

TRAPEZOID = rule("riemann_trapezoid", 2)

PAIR = Problem(
    model=TinyBert(), data=Tokens(ids=((0, 1), (2, 3)), baseline=((0, 2), (1, 1))), call=Call(dtype="bfloat16")
)
"""Two examples; a token that is its own baseline."""


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_paths_beside_a_path_have_its_coordinates_moved_by_a_nudge_each(dtype: torch.dtype) -> None:
    oracle = Oracle.of(PAIR, TRAPEZOID)
    path = input_path(oracle.float64 if dtype == torch.float64 else oracle.float32, 0)
    beside = path.with_neighbours()
    for end, ends in ((path.x, beside.x), (path.baseline, beside.baseline)):
        itself, *others = ends.split(len(end))
        assert torch.equal(itself, end)
        for other, nudge in zip(others, NUDGES, strict=True):
            moved = (other.double() / end.double() - 1).abs()
            assert bool(((moved - nudge).abs() <= torch.finfo(dtype).eps).all()), "the product is rounded, no more"
    equal = path.x == path.baseline
    assert bool(equal.any())
    assert torch.equal(beside.x == beside.baseline, equal.repeat(1 + len(NUDGES), 1, 1))


def by_hand(attribution: Tensor) -> Callable[..., PathSum]:
    """A form of the sum that gives these numbers, a row each for the rows of the path."""

    def form(field: ScalarField, x: Tensor, baseline: Tensor, nodes: Rule, factor: Any = None) -> PathSum:
        values = attribution.to(x.dtype)
        return PathSum(values, values.abs(), values.sum((1, 2)), 0 * values.sum((1, 2)), 0 * values)

    return form


def test_each_example_has_the_largest_distance_of_its_own_samples() -> None:
    oracle = Oracle.of(PAIR, TRAPEZOID)
    float64, float32 = (input_path(built, 0) for built in (oracle.float64, oracle.float32))
    right = torch.arange(8.0).reshape(8, 1, 1).expand(8, 2, 3)
    errors = torch.tensor([1.0, 0.0, 0.0, 2.0, 5.0, 3.0, 0.0, 4.0]).reshape(8, 1, 1).expand(8, 2, 3)
    expected = oracle.expected(replace(float64, form=by_hand(right)), replace(float32, form=by_hand(right - errors)))
    assert expected.attribution[:, 0, 0].tolist() == [0.0, 1.0]
    assert expected.difference[:, 0, 0].tolist() == [5.0, 4.0]
    assert expected.change_difference.tolist() == [6 * 5.0, 6 * 4.0]


def test_half_precision_result_is_that_of_the_path_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracles, "step_by_step", by_hand(torch.arange(4.0).reshape(4, 1, 1).expand(4, 2, 3)))
    assert Oracle.of(PAIR, TRAPEZOID).half().attribution[:, 0, 0].tolist() == [0.0, 1.0]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_lucky_sums_in_half_precision_leave_each_element_4_ulps_of_its_terms(dtype: torch.dtype) -> None:
    terms = torch.tensor([[1.0, 2.0], [3.0, 0.5]], dtype=torch.float64)
    ends = torch.zeros(2), torch.zeros(2)
    same = PathSum(0 * terms, terms, *ends, steepest=terms)
    expected = conditioned(same, same, 2, dtype)
    ulps = 4 * torch.finfo(dtype).eps
    assert expected.elements.value.tolist() == [2 * ulps, 3 * ulps]
    assert expected.total.value.tolist() == [3 * ulps, 3.5 * ulps]


def test_from_the_path_alone_a_right_value_would_be_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    def an_alarm(problem: Problem) -> bool:
        expected = Oracle.of(problem, TRAPEZOID).ig()
        got = torch.from_numpy(numpy_bert.integrated_gradients(problem.model, problem.data, 0, TRAPEZOID))
        return alarms(error=got - expected.attribution, budget=expected.elements)

    assert not any(an_alarm(problem) for problem in LUCKY)
    monkeypatch.setattr(path, "NUDGES", ())
    assert any(an_alarm(problem) for problem in LUCKY)
