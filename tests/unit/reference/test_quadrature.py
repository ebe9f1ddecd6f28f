"""The five rules: nodes and weights to 50 digits, what they integrate exactly, and by how much they miss the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import roots_legendre

from reference.oracle.quadrature import METHODS, Rule, composite, fewest_nodes, rule
from tests.unit.reference import exact
from tests.unit.reference.exact import ULP, mp

MOST = 64
RIEMANN = [method for method in METHODS if method != "gausslegendre"]
SYMMETRIC = [method for method in METHODS if method not in ("riemann_left", "riemann_right")]

CLAIM = 2 * ULP
"""How far a node or a weight may lie from its exact value, by the docstring of `rule`."""

every_method = pytest.mark.parametrize("method", METHODS)
rates = st.floats(0.5, 4)
"""r of the integrand exp(rα), whose derivatives are all known and positive."""


def rules(method: str) -> Iterator[tuple[int, Rule]]:
    """Every n up to 64 for which the rule is defined, with the rule."""
    return ((n, rule(method, n)) for n in range(fewest_nodes(method), MOST + 1))


def recurrence(n: int) -> float:
    """One rounding for each step of the three-term recurrence, and four for what is made of its value."""
    return (n + 4) * ULP


def moment(nodes: Rule, power: int) -> tuple[float, float]:
    """S_n(α^power) in float64, and how far rounding may have moved it.

    Nodes and weights may be off as they claim; a power, a product and one addition for each node are rounded, and
    so is what it is compared to.
    """
    alpha, weight = np.array(nodes.nodes), np.array(nodes.weights)
    powers = alpha**power
    slopes = power * alpha ** max(power - 1, 0)
    value = float(weight @ powers)
    return value, CLAIM * float(weight @ slopes + powers.sum()) + (len(nodes) + 3) * ULP * value


def error_on_exponential(nodes: Rule, rate: float) -> tuple[Any, float]:
    """∫₀¹ e^{rα} dα − S_n in 50 digits, and how far nodes and weights that are off as they claim may have moved it."""
    sum_of_rule = mp.fsum(
        mp.mpf(w) * mp.exp(mp.mpf(rate) * mp.mpf(a)) for a, w in zip(nodes.nodes, nodes.weights, strict=True)
    )
    return mp.expm1(rate) / rate - sum_of_rule, CLAIM * (rate + len(nodes)) * math.exp(rate)


@every_method
def test_nodes_and_weights_are_right_to_two_ulps_of_one(method: str) -> None:
    for n, made in rules(method):
        for ours, right in zip((made.nodes, made.weights), exact.nodes_and_weights(method, n), strict=True):
            assert max(abs(a - b) for a, b in zip(ours, right, strict=True)) <= CLAIM


@pytest.mark.parametrize("method", RIEMANN)
def test_nodes_and_weights_of_riemann_rules_are_the_nearest_floats(method: str) -> None:
    for n, made in rules(method):
        nodes, weights = exact.riemann(method, n)
        assert made == Rule(tuple(map(float, nodes)), tuple(map(float, weights)))


def test_gauss_legendre_is_that_of_scipy() -> None:
    for n, made in rules("gausslegendre"):
        nodes, weights = roots_legendre(n)
        assert np.abs(np.array(made.nodes) - (nodes + 1) / 2).max() <= recurrence(n)
        assert np.abs(np.array(made.weights) - weights / 2).max() <= recurrence(n)


@every_method
def test_there_are_n_ascending_nodes_in_the_unit_interval(method: str) -> None:
    for n, made in rules(method):
        assert len(made) == len(made.nodes) == n
        assert all(low < high for low, high in pairwise((-math.ulp(0), *made.nodes, math.nextafter(1, 2))))


@every_method
def test_weights_are_positive_and_sum_to_one(method: str) -> None:
    for n, made in rules(method):
        half_an_ulp_each = n * math.ulp(max(made.weights)) / 2
        assert min(made.weights) > 0
        assert abs(sum(map(Fraction, made.weights), Fraction(-1))) <= (
            half_an_ulp_each if method in RIEMANN else recurrence(n)
        )


def assert_mirrored(nodes: Sequence[float], others: Sequence[float]) -> None:
    """1 − α, backwards: each of the two nodes is rounded once, below 1."""
    assert all(abs(Fraction(a) + Fraction(b) - 1) <= ULP for a, b in zip(nodes, reversed(others), strict=True))


@pytest.mark.parametrize("method", SYMMETRIC)
def test_the_rule_read_backwards_is_the_rule(method: str) -> None:
    for _, made in rules(method):
        assert made.weights == made.weights[::-1]
        assert_mirrored(made.nodes, made.nodes)


def test_left_read_backwards_is_right() -> None:
    for (_, left), (_, right) in zip(rules("riemann_left"), rules("riemann_right"), strict=True):
        assert left.weights == right.weights
        assert_mirrored(left.nodes, right.nodes)


@every_method
def test_powers_up_to_its_degree_are_integrated_exactly(method: str) -> None:
    for n, made in rules(method):
        for power in range(exact.degree(method, n) + 1):
            value, rounding = moment(made, power)
            assert abs(value - 1 / (power + 1)) <= rounding


@every_method
def test_the_next_power_is_missed_by_the_error_constant(method: str) -> None:
    for n, made in rules(method):
        power = exact.degree(method, n) + 1
        value, rounding = moment(made, power)
        assert abs(Fraction(1, power + 1) - Fraction(value) - exact.miss(method, n)) <= rounding


@every_method
def test_the_first_moments_are_those_worked_out_by_hand(method: str) -> None:
    for n, made in rules(method):
        for power, right in enumerate(exact.moments(method, n)):
            value, rounding = moment(made, power)
            assert abs(Fraction(value) - right) <= rounding


# Euler and Maclaurin: I − S_n = leading · h^p (g^(p−1)(1) − g^(p−1)(0)) + rest, |rest| ≤ bound · h^q max |g^(q)|.
LEADING: dict[str, tuple[Fraction, int, Fraction, int]] = {
    "riemann_left": (Fraction(1, 2), 1, Fraction(1, 12), 2),
    "riemann_right": (Fraction(-1, 2), 1, Fraction(1, 12), 2),
    "riemann_middle": (Fraction(1, 24), 2, Fraction(7, 5760), 4),
    "riemann_trapezoid": (Fraction(-1, 12), 2, Fraction(1, 720), 4),
}


@pytest.mark.parametrize("method", RIEMANN)
@given(n=st.integers(2, MOST), rate=rates)
def test_a_riemann_rule_converges_with_its_order_and_leading_term(method: str, n: int, rate: float) -> None:
    leading, order, bound, next_order = LEADING[method]
    error, rounding = error_on_exponential(rule(method, n), rate)
    h = float(exact.spacing(method, n))
    first = float(leading) * h**order * rate ** (order - 1) * math.expm1(rate)
    rest = float(bound) * h**next_order * rate**next_order * math.exp(rate)
    assert abs(error - first) <= rest + rounding


@given(n=st.integers(1, 12), panels=st.integers(1, 8), rate=rates)
def test_gauss_legendre_converges_geometrically_in_nodes_and_with_order_2n_in_panels(
    n: int, panels: int, rate: float
) -> None:
    error, rounding = error_on_exponential(composite(rule("gausslegendre", n), panels), rate)
    least = float(exact.miss("gausslegendre", n) / math.factorial(2 * n)) * (rate / panels) ** (2 * n)
    assert least - rounding <= error <= least * math.exp(rate) + rounding


@every_method
def test_one_panel_is_the_rule_itself(method: str) -> None:
    assert composite(rule(method, 5), 1) == rule(method, 5)


@pytest.mark.parametrize("method", ["riemann_left", "riemann_right", "riemann_middle"])
@given(n=st.integers(1, 16), panels=st.integers(1, 16))
def test_panels_of_an_open_riemann_rule_are_that_rule_with_more_nodes(method: str, n: int, panels: int) -> None:
    parts, whole = composite(rule(method, n), panels), rule(method, n * panels)
    for ours, right in zip((parts.nodes, parts.weights), (whole.nodes, whole.weights), strict=True):
        assert max(abs(a - b) for a, b in zip(ours, right, strict=True)) <= CLAIM


@every_method
def test_too_few_nodes_are_refused_by_name(method: str) -> None:
    fewest = fewest_nodes(method)
    assert len(rule(method, fewest)) == fewest
    for n in (fewest - 1, -1):
        with pytest.raises(ValueError, match=f"^{method} needs n_steps >= {fewest}, got {n}$"):
            rule(method, n)


def test_only_the_trapezoid_needs_two_nodes() -> None:
    assert [method for method in METHODS if fewest_nodes(method) > 1] == ["riemann_trapezoid"]


@pytest.mark.parametrize("method", ["simpson", "", "GaussLegendre"])
def test_an_unknown_method_is_refused_with_the_known_ones(method: str) -> None:
    with pytest.raises(ValueError, match=f"^unknown method '{method}'.*{', '.join(METHODS)}$"):
        rule(method, 5)
