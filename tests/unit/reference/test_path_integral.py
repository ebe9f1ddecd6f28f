"""Integrated Gradients against closed forms worked out by hand, and each form of the oracle against the others."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from reference.laws import LAWS
from reference.models.bert import TinyBert
from reference.oracle.budget import Budget, assert_equal, assert_within
from reference.oracle.oracle import Oracle
from reference.oracle.path_integral import (
    MOST_PANELS,
    PANEL_NODES,
    PathSum,
    ScalarField,
    batched,
    converged,
    derivative,
    step_by_step,
    totals,
)
from reference.oracle.quadrature import rule
from reference.problem import Problem, Tokens
from reference.violation import NotApplicable, Violation
from strategies.domain import DOMAINS
from tests.subjects.textbook import Textbook
from tests.unit.reference import exact
from tests.unit.reference.drawn import SMALL, eighths, few, path_at, steps, vectors
from tests.unit.reference.exact import mp
from tests.unit.reference.sums import assert_right, double, every_method, roundings, scalar

Form = Callable[..., PathSum]

both_forms = pytest.mark.parametrize("form", [step_by_step, batched])


class NotEqual(Violation):
    """Two computations of the oracle differ by more than rounding."""


POWERS: dict[int, Callable[[Fraction, Fraction, tuple[Fraction, Fraction, Fraction]], Fraction]] = {
    1: lambda b, d, m: d * m[0],
    2: lambda b, d, m: 2 * d * (b * m[0] + d * m[1]),
    3: lambda b, d, m: 3 * d * (b**2 * m[0] + 2 * b * d * m[1] + d**2 * m[2]),
}
"""Σ_k w_k p (b + α_k d)^(p−1) d, by the rule's moments m_j = Σ_k w_k α_k^j. With m_1 = 1/2 a square gets all of its
change x² − b²: left and right miss d²h, and of a cube middle misses d³h²/4, trapezoid −d³h²/2.
"""

ends = st.lists(st.tuples(eighths, eighths, eighths), min_size=1, max_size=3)


@both_forms
@every_method
@pytest.mark.parametrize("power", POWERS)
@few
@given(n=steps, units=ends)
def test_powers_are_attributed_as_by_hand(
    power: int, method: str, form: Form, n: int, units: list[tuple[Fraction, Fraction, Fraction]]
) -> None:
    factor, x, baseline = (list(column) for column in zip(*units, strict=True))
    got = form(
        scalar(lambda points: (double(*factor) * points**power).sum(1)), double(*x), double(*baseline), rule(method, n)
    )
    moments = exact.moments(method, n)
    expected = [c * POWERS[power](b, a - b, moments) for c, a, b in units]
    sizes = [abs(c) * power * (abs(b) + abs(a - b)) ** (power - 1) * abs(a - b) for c, a, b in units]
    assert_right(got.attribution, expected, [roundings(n, power, size) for size in sizes])


@both_forms
@every_method
@few
@given(n=steps, x=vectors, baseline=vectors)
def test_a_product_of_three_is_attributed_as_by_hand(
    method: str, form: Form, n: int, x: tuple[Fraction, ...], baseline: tuple[Fraction, ...]
) -> None:
    got = form(scalar(lambda points: points.prod(1)), double(*x), double(*baseline), rule(method, n))
    delta = [a - b for a, b in zip(x, baseline, strict=True)]
    _, first, second = exact.moments(method, n)
    expected, sizes = [], []
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        mixed = baseline[j] * delta[k] + baseline[k] * delta[j]
        expected.append(delta[i] * (baseline[j] * baseline[k] + mixed * first + delta[j] * delta[k] * second))
        sizes.append(abs(delta[i]) * (abs(baseline[j]) + abs(delta[j])) * (abs(baseline[k]) + abs(delta[k])))
    assert_right(got.attribution, expected, [roundings(n, 3, size) for size in sizes])


SLOPES_OF_POWERS: dict[int, Callable[[Fraction, Fraction, tuple[Fraction, Fraction, Fraction]], Fraction]] = {
    1: lambda b, d, m: m[0],
    2: lambda b, d, m: 2 * (b * m[0] + 2 * d * m[1]),
    3: lambda b, d, m: 3 * (b**2 * m[0] + 4 * b * d * m[1] + 3 * d**2 * m[2]),
}
"""The derivatives of POWERS by d."""


@every_method
@pytest.mark.parametrize("power", SLOPES_OF_POWERS)
@few
@given(n=steps, x=vectors, baseline=vectors)
def test_the_derivative_of_the_total_is_that_by_hand(
    power: int, method: str, n: int, x: tuple[Fraction, ...], baseline: tuple[Fraction, ...]
) -> None:
    """Of F = (x_1 + x_2 + x_3)^p, whose units share all of their curvature."""
    got = derivative(scalar(lambda points: points.sum(1) ** power), double(*x), double(*baseline), rule(method, n))
    b, d = sum(baseline, Fraction(0)), sum(x, Fraction(0)) - sum(baseline, Fraction(0))
    widest = sum((abs(one) + abs(other - one) for one, other in zip(baseline, x, strict=True)), Fraction(0))
    budget = roundings(n, power + len(x), power**2 * widest ** (power - 1))
    expected = SLOPES_OF_POWERS[power](b, d, exact.moments(method, n))
    assert_right(got.attribution, [expected] * 3, [budget] * 3)


SLOPES, INPUT, BASELINE = (0.5, -0.25, 1.0), (1.0, 2.0, 3.0), (-1.0, 1.5, 0.25)
NODES = 4 * PANEL_NODES
"""As many as a converged integral takes of a smooth function."""
FORMS: dict[str, Callable[[ScalarField], Tensor]] = {
    "step by step": lambda field: (
        step_by_step(field, double(*INPUT), double(*BASELINE), rule("gausslegendre", NODES)).attribution
    ),
    "batched": lambda field: (
        batched(field, double(*INPUT), double(*BASELINE), rule("gausslegendre", NODES)).attribution
    ),
    "converged": lambda field: converged(field, double(*INPUT), double(*BASELINE)).attribution,
}


@pytest.mark.parametrize("form", FORMS)
def test_an_exponential_is_attributed_by_each_units_share_of_the_exponent(form: str) -> None:
    """∂_i = c_i e^{c·x}: unit i gets c_iΔ_i / c·Δ of e^{c·x} − e^{c·x'}."""
    got = FORMS[form](scalar(lambda points: torch.exp((double(*SLOPES) * points).sum(1))))
    shares = [c * (a - b) for c, a, b in zip(SLOPES, INPUT, BASELINE, strict=True)]
    high, low = (sum(c * a for c, a in zip(SLOPES, end, strict=True)) for end in (INPUT, BASELINE))
    largest = math.exp(high)
    miss = float(exact.miss("gausslegendre", NODES) / math.factorial(2 * NODES)) * (high - low) ** (2 * NODES) * largest
    exponent = sum(abs(c) * (abs(b) + abs(a - b)) for c, a, b in zip(SLOPES, INPUT, BASELINE, strict=True))
    for value, share in zip(got[0].tolist(), shares, strict=True):
        right = share * (mp.exp(high) - mp.exp(low)) / (high - low)
        rounded = roundings(NODES, 1, Fraction(abs(share) * largest)) * (1 + exponent)
        assert abs(value - right) <= abs(share) * miss + rounded


@both_forms
@every_method
def test_a_step_has_no_gradient_and_so_no_attribution(method: str, form: Form) -> None:
    field, x, baseline = scalar(lambda points: torch.sign(points).sum(1)), double(2, 1), double(-1, 3)
    got = form(field, x, baseline, rule(method, 6))
    assert float(field(x) - field(baseline)) == 2
    assert got.attribution.tolist() == got.magnitude.tolist() == [[0.0, 0.0]]


@both_forms
@pytest.mark.parametrize("n", [3, 6, 9, 12])
def test_maximum_is_attributed_to_the_larger_unit_along_the_path(n: int, form: Form) -> None:
    """From (0, 1/2) to (1, 0) the first unit is the larger beyond α = 1/3, between two nodes of the middle rule."""
    got = form(scalar(lambda points: points.amax(1)), double(1, 0), double(0, 0.5), rule("riemann_middle", n))
    assert_right(got.attribution, [Fraction(2, 3), Fraction(-1, 6)], [roundings(n, 1, Fraction(1))] * 2)


@both_forms
def test_the_magnitude_is_what_the_terms_add_up_to_without_their_signs(form: Form) -> None:
    got = form(scalar(lambda points: (points**2).sum(1)), double(1), double(-1), rule("riemann_middle", 2))
    assert (got.attribution.tolist(), got.magnitude.tolist()) == ([[0.0]], [[2.0]])


@both_forms
def test_a_factor_takes_the_place_of_the_difference(form: Form) -> None:
    field, nodes, factor = scalar(lambda points: (points**2).sum(1)), rule("riemann_middle", 2), double(4, -2)
    got = form(field, double(1, 1), double(0, 0.5), nodes, factor)
    assert (got.attribution.tolist(), got.magnitude.tolist()) == ([[4.0, -3.0]], [[4.0, 3.0]])


@both_forms
def test_half_precision_is_summed_in_single(form: Form) -> None:
    """In bfloat16 a sum of thousandths stays at a half: from there on each is less than half an ulp."""
    ones = torch.ones(1, 1, dtype=torch.bfloat16)
    got = form(scalar(lambda points: points.sum(1)), ones, torch.zeros_like(ones), rule("riemann_left", 1000))
    assert (got.attribution.dtype, got.magnitude.dtype) == (torch.bfloat16, torch.float32)
    assert float(got.attribution) == 1


@pytest.mark.parametrize(("form", "rows"), [(step_by_step, [2, 2, 2, 2, 2]), (batched, [10])])
def test_steps_and_ends_run_one_by_one_or_in_one_batch(form: Form, rows: list[int]) -> None:
    nodes = rule("riemann_left", 3)
    assert rows_asked(lambda field: form(field, torch.ones(2, 1), torch.zeros(2, 1), nodes)) == rows


def rows_asked(ask: Callable[[ScalarField], object], power: int = 1, examples: int = 2) -> list[int]:
    met: list[int] = []

    def forward(points: Tensor) -> Tensor:
        met.append(len(points))
        return (points**power).sum(1)

    ask(scalar(forward, examples))
    return met


def test_doubling_stops_when_two_doublings_agree() -> None:
    met = rows_asked(lambda field: converged(field, double(1), double(0)), power=3, examples=1)
    assert met == [panels * PANEL_NODES + 2 for panels in (1, 2, 4)]


def test_a_kink_is_doubled_to_the_last_and_leaves_an_error() -> None:
    field = scalar(lambda points: (points - 1 / 3).abs().sum(1))
    integral = converged(field, double(1), double(0))
    gap = abs(float(integral.attribution) - 1 / 3)
    assert roundings(MOST_PANELS * PANEL_NODES, 1, Fraction(1)) < gap <= float(integral.doubled)


BENDING = Problem(
    model=TinyBert(layers=3, intermediate=6, activation="silu", eps=1e-2, weight_seed=1000, weight_scale=0.5),
    data=Tokens(ids=((0,),), baseline=((1,),)),
)


def test_doublings_may_agree_on_a_wrong_total_and_the_error_knows() -> None:
    """Seven LayerNorms in series, each steep where its input has little spread, bend the path within less than a panel.

    On five units and more no random path of BERT comes so close. RMSNorms without an epsilon do.
    """
    oracle = Oracle.of(BENDING, rule("gausslegendre", 1))
    integral = oracle.integral()
    missed = (totals(integral.attribution) - oracle.ig().change).abs()
    assert float(missed) > float(integral.doubled)
    assert torch.equal(missed, integral.error)


def test_completeness_does_not_judge_a_total_that_the_integral_misses() -> None:
    """A budget of what is missed would let a wrong total pass."""
    with pytest.raises(NotApplicable, match="bends between the nodes"):
        LAWS["input_completeness"](BENDING, Textbook())


@few
@given(problem=SMALL)
def test_step_by_step_equals_batched_at_every_layer(problem: Problem) -> None:
    nodes, target = rule(problem.call.method, problem.call.n_steps), problem.call.target
    oracle = Oracle.of(problem, nodes)
    for place in (None, *oracle.float64.layers_in_order):
        float64, float32 = (path_at(built, place, target) for built in (oracle.float64, oracle.float32))
        own = float32 if problem.dtype == torch.float32 else float64
        budget = oracle.expected(float64, float32).elements
        assert_equal(
            NotEqual,
            got=step_by_step(own.field, own.x, own.baseline, nodes).attribution,
            expected=batched(own.field, own.x, own.baseline, nodes).attribution.double(),
            budget=budget + budget,
            what=f"step by step against batched at {place or 'the inputs'}",
        )


@few
@given(problem=DOMAINS["smooth"](None))
def test_converged_total_equals_change_of_F_within_what_doublings_change(problem: Problem) -> None:
    problem = problem.asking(dtype="float64")
    oracle = Oracle.of(problem, rule("gausslegendre", PANEL_NODES))
    for place in (None, *oracle.float64.layers_in_order):
        float64, float32 = (path_at(built, place, problem.call.target) for built in (oracle.float64, oracle.float32))
        integral = converged(float64.field, float64.x, float64.baseline)
        expected = oracle.expected(float64, float32)
        assert_within(
            NotEqual,
            error=totals(integral.attribution) - expected.change,
            budget=Budget(integral.doubled, "its doublings") + expected.gap,
            what=f"the integral at {place or 'the inputs'}",
        )
