"""Budgets from both sides: what is right stays within, what is off by two budgets does not, and is named."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from reference.models.bert import TinyBert
from reference.oracle import budget as budgets
from reference.oracle.budget import DOUBLE_PER_SINGLE, Budget, assert_equal, floor, rounding
from reference.oracle.expected import Expected, conditioned
from reference.oracle.numpy import bert as numpy_bert
from reference.oracle.oracle import Oracle
from reference.oracle.path import input_path
from reference.oracle.path_integral import PathSum, ScalarField, batched, step_by_step, totals
from reference.oracle.precision import AT_START
from reference.oracle.quadrature import Rule, rule
from reference.problem import Call, Problem, Tokens
from reference.violation import NotApplicable
from tests.properties.examples import ILL_CONDITIONED
from tests.unit.reference.alarm import Alarm, alarms
from tests.unit.reference.drawn import SMALL, few, path_at

DTYPES = (torch.float32, torch.float64)


def backwards(nodes: Rule) -> Rule:
    return Rule(nodes.nodes[::-1], nodes.weights[::-1])


def assert_all_within(got: Tensor, change: Tensor, expected: Expected, what: str) -> None:
    """The attribution, its token scores, its totals and its gaps are within their budgets."""
    got, right = got.double(), expected.attribution
    gap, right_gap = totals(got) - change.double(), totals(right) - expected.change
    for part, ours, its, budget in (
        ("attribution", got, right, expected.elements),
        ("token scores", got.sum(-1), right.sum(-1), expected.tokens),
        ("totals", totals(got), totals(right), expected.total),
        ("gaps", gap, right_gap, expected.gap),
    ):
        assert_equal(Alarm, got=ours, expected=its, budget=budget, what=f"{part} {what}")


@few
@given(problem=SMALL, data=st.data())
def test_the_oracle_in_another_order_is_within_budget_at_any_place(problem: Problem, data: st.DataObject) -> None:
    nodes, target = rule(problem.call.method, problem.call.n_steps), problem.call.target
    oracle = Oracle.of(problem, nodes)
    place = data.draw(st.sampled_from((None, *oracle.float64.layers_in_order)))
    float64, float32 = (path_at(built, place, target) for built in (oracle.float64, oracle.float32))
    expected = oracle.expected(float64, float32)
    own = float32 if problem.dtype == torch.float32 else float64
    end, start = own.ends()
    for order, got in (
        ("backwards", step_by_step(own.field, own.x, own.baseline, backwards(nodes))),
        ("at once", batched(own.field, own.x, own.baseline, nodes)),
    ):
        assert_all_within(got.attribution, end - start, expected, f"summed {order} at {place or 'the inputs'}")


@few
@given(problem=SMALL)
def test_another_framework_is_within_budget(problem: Problem) -> None:
    problem = problem.asking(dtype="float64")
    nodes = rule(problem.call.method, problem.call.n_steps)
    asked = (problem.model, problem.data, problem.call.target)
    got = torch.from_numpy(numpy_bert.integrated_gradients(*asked, nodes))
    end, start = map(torch.from_numpy, numpy_bert.values(*asked))
    assert_all_within(got, end - start, Oracle.of(problem, nodes).ig(), "of the NumPy BERT")


@few
@given(problem=SMALL, data=st.data())
def test_element_off_by_two_budgets_fails_by_name(problem: Problem, data: st.DataObject) -> None:
    expected = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps)).ig()
    where = tuple(data.draw(st.integers(0, size - 1)) for size in expected.attribution.shape)
    got = expected.attribution.clone()
    got[where] += data.draw(st.sampled_from((-2, 2))) * expected.elements.value[where[0]]
    example, token, unit = where
    words = f"example {example}, token {token}, unit {unit}: got .* 1 of {got.numel()} elements are off"
    with pytest.raises(Alarm, match=words):
        assert_equal(Alarm, got=got, expected=expected.attribution, budget=expected.elements, what="it")


@pytest.mark.parametrize("dtype", DTYPES)
def test_without_the_units_a_right_value_would_be_an_alarm(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = rule("riemann_trapezoid", 2)
    errors: list[tuple[Tensor, Expected]] = []
    for problem in ILL_CONDITIONED:
        oracle = Oracle.of(problem.asking(dtype=budgets.name(dtype)), nodes)
        expected, float32 = oracle.ig(), input_path(oracle.float32, 0)
        if dtype == torch.float32:
            got = step_by_step(float32.field, float32.x, float32.baseline, nodes).attribution.double()
        else:
            got = torch.from_numpy(numpy_bert.integrated_gradients(problem.model, problem.data, 0, nodes))
        errors.append((got - expected.attribution, expected))
    assert not any(alarms(error=error, budget=expected.elements) for error, expected in errors)
    monkeypatch.setattr(budgets, "UNITS", 0)
    assert any(alarms(error=error, budget=expected.elements) for error, expected in errors)


def test_without_the_floor_a_right_value_would_be_an_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    """IG of F(x) = x from 0 to 1 is the sum of the weights: now and then exactly 1 in both dtypes, hence no unit, but
    not when the sum begins elsewhere.
    """
    field = ScalarField(lambda points: points.sum(1), (), None, 1)

    def of(nodes: Rule, dtype: torch.dtype) -> PathSum:
        return step_by_step(field, torch.ones(1, 1, dtype=dtype), torch.zeros(1, 1, dtype=dtype), nodes)

    errors: list[tuple[Tensor, Tensor]] = []
    for n in range(1, 65):
        nodes = rule("gausslegendre", n)
        single, double = of(nodes, torch.float32), of(nodes, torch.float64)
        if torch.equal(single.attribution.double(), double.attribution):
            for start in {n // 3, n // 2} - {0}:
                turned = Rule(nodes.nodes[start:] + nodes.nodes[:start], nodes.weights[start:] + nodes.weights[:start])
                errors.append((of(turned, torch.float64).attribution - double.attribution, double.magnitude[:, 0]))
    none = torch.zeros(1)
    assert not any(alarms(error=e, budget=rounding(none, magnitude, torch.float64)) for e, magnitude in errors)
    monkeypatch.setattr(budgets, "FLOOR_ULPS", 0)
    assert any(alarms(error=e, budget=rounding(none, magnitude, torch.float64)) for e, magnitude in errors)


def test_weights_of_numpy_need_their_share_of_the_budget() -> None:
    """NumPy's Gauss–Legendre weights are less exact than the oracle's: with 98 nodes, by 2e-14 in all."""
    x, start = torch.full((1, 1), 9.0, dtype=torch.float64), torch.zeros(1, 1, dtype=torch.float64)
    field = ScalarField(lambda points: points.exp().sum(1), (), None, 1)
    right = rule("gausslegendre", 98)
    nodes, weights = np.polynomial.legendre.leggauss(98)
    of_numpy = Rule(tuple((1 + nodes) / 2), tuple(weights / 2))
    exact = step_by_step(field, x, start, right)
    error = (step_by_step(field, x, start, of_numpy).attribution - exact.attribution).abs()
    assert bool((error <= right.weights_error * exact.steepest).all())
    assert sum(abs(a - b) for a, b in zip(right.weights, of_numpy.weights, strict=True)) > 4 * torch.finfo(x.dtype).eps


def test_weights_of_another_right_implementation_make_budgets_of_float64_larger() -> None:
    terms = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    same = PathSum(0 * terms, 0 * terms, torch.zeros(1), torch.zeros(1), steepest=terms)
    budgets_of = {dtype: conditioned(same, same, 1, dtype, weights_error=1e-14) for dtype in DTYPES}
    assert budgets_of[torch.float64].elements.value.tolist() == pytest.approx([2e-14])
    assert budgets_of[torch.float32].elements.value.tolist() == [0.0]


def test_single_precision_is_carried_to_double_by_the_ratio_of_their_ulps() -> None:
    single, double = (torch.finfo(dtype).eps for dtype in DTYPES)
    assert double / single == DOUBLE_PER_SINGLE == float(np.finfo(np.float64).eps) / float(np.finfo(np.float32).eps)


@pytest.mark.parametrize(
    ("dtype", "ulp", "scale"), [(torch.float32, 2.0**-23, 1.0), (torch.float64, 2.0**-52, 2.0**-29)]
)
def test_a_budget_is_32_units_and_4_ulps_of_each_examples_magnitude(
    dtype: torch.dtype, ulp: float, scale: float
) -> None:
    budget = rounding(torch.tensor([0.0, 1.0]), torch.tensor([8.0, 0.0]), dtype)
    assert budget.value.tolist() == [4 * ulp * 8, 32 * scale]
    assert budget.value.dtype == torch.float64
    assert budget.why == f"rounding in {budgets.name(dtype)}"
    assert floor(torch.tensor([8.0]), dtype).tolist() == [4 * ulp * 8]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_half_precision_a_budget_is_32_units_alone(dtype: torch.dtype) -> None:
    assert rounding(torch.tensor([0.0, 1.0]), torch.tensor([8.0, 0.0]), dtype).value.tolist() == [0, 32]


@pytest.mark.parametrize("unit", [math.nan, math.inf])
def test_law_does_not_apply_if_the_float32_oracle_is_not_finite(unit: float) -> None:
    with pytest.raises(NotApplicable, match="not finite"):
        rounding(torch.tensor([0.0, unit]), torch.ones(2), torch.float32)


def test_budgets_add_up_and_each_reason_is_given_once() -> None:
    both = Budget(torch.tensor([1.0]), "rounding") + Budget(torch.tensor([2.0]), "quadrature")
    assert (both.value.tolist(), both.why) == ([3.0], "rounding + quadrature")
    assert (Budget(torch.tensor([1.0]), "rounding") + Budget(torch.tensor([2.0]), "rounding")).why == "rounding"


def without_last_bits(value: Tensor, bits: int) -> Tensor:
    """float32 rounded to so many bits less, as a GPU's tensor cores read it."""
    half, last = 1 << (bits - 1), (1 << bits) - 1
    return ((value.view(torch.int32) + half) & ~last).view(torch.float32)


@pytest.mark.parametrize(("precision", "bits"), [("high", 13), ("medium", 16)], ids=["TF32", "bfloat16"])
def test_products_in_less_than_float32_are_a_class_of_their_own(
    precision: str, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(AT_START, "cpu", precision)
    data = Tokens(ids=((2, 3, 1), (3, 3, 2)), baseline=((0, 0, 0), (0, 1, 0)))
    problem = Problem(model=TinyBert(hidden=6, heads=2), data=data, call=Call(n_steps=4, dtype="float32"))
    nodes, built = rule(problem.call.method, problem.call.n_steps), problem.build()
    with torch.no_grad():
        for parameter in built.model.parameters():
            parameter.copy_(without_last_bits(parameter, bits))
    got = input_path(built, problem.call.target).sum(nodes).attribution.double()
    expected = Oracle.of(problem, nodes).ig()
    error, allowed = (got - expected.attribution).abs(), expected.elements
    assert f"{precision!r} precision" in allowed.why
    assert not alarms(error=error, budget=allowed)
    assert alarms(error=error + 2 * allowed.value.reshape(-1, 1, 1), budget=allowed)
    monkeypatch.setitem(AT_START, "cpu", "highest")
    assert alarms(error=error, budget=expected.elements)
