"""Quadrature rules with nodes and weights of 50 digits: the right ones, and what is confused with them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache

from reference.oracle.quadrature import fewest_nodes
from tests.tools.vectors.arithmetic import FIFTY_DIGITS, Arithmetic, Real

Rule = tuple[tuple[Real, Real], ...]
"""Nodes with their weights, ascending."""

NAMED = {
    "LeftRule": "riemann_left",
    "RightRule": "riemann_right",
    "MiddleRule": "riemann_middle",
    "TrapezoidRule": "riemann_trapezoid",
    "GaussRule": "gausslegendre",
}
"""The flag of each rule, for results of this rule if another one was asked."""


@cache
def rule(method: str, n: int) -> Rule:
    """The rule with n nodes."""
    if method == "gausslegendre":
        return _gauss_legendre(n)
    nodes = {
        "riemann_left": [Fraction(k, n) for k in range(n)],
        "riemann_right": [Fraction(k + 1, n) for k in range(n)],
        "riemann_middle": [Fraction(2 * k + 1, 2 * n) for k in range(n)],
        "riemann_trapezoid": [Fraction(k, n - 1) for k in range(n)] if n > 1 else [],
    }[method]
    weights = [Fraction(1, n)] * n
    if method == "riemann_trapezoid":
        h = Fraction(1, n - 1)
        weights = [h / 2, *[h] * (n - 2), h / 2]
    return tuple((_real(node), _real(weight)) for node, weight in zip(nodes, weights, strict=True))


def _real(fraction: Fraction) -> Real:
    real = Arithmetic(FIFTY_DIGITS + 32).real
    return real.mpf(fraction.numerator) / fraction.denominator


def _gauss_legendre(n: int) -> Rule:
    """Newton's method on P_n with more digits; weights 2 / ((1 − t²) P_n'(t)²), moved to [0, 1]."""
    real = Arithmetic(FIFTY_DIGITS + 64).real

    def legendre(t: Real) -> tuple[Real, Real]:
        before, value = real.one, t
        for k in range(2, n + 1):
            before, value = value, ((2 * k - 1) * t * value - (k - 1) * before) / k
        return value, n * (before - t * value) / (1 - t * t)

    found = []
    for k in range(1, n + 1):
        t = real.cos(real.pi * (k - real.mpf(1) / 4) / (n + real.mpf(1) / 2))
        for _ in range(12):
            value, slope = legendre(t)
            t -= value / slope
        if 2 * k == n + 1:
            t = real.zero
        slope = legendre(t)[1]
        found.append(((1 + t) / 2, 1 / ((1 - t * t) * slope * slope)))
    return tuple(reversed(found))


def _weighted(n: int, method: str, weight: Callable[[int, Real], Real]) -> Rule:
    return tuple((node, weight(k, right)) for k, (node, right) in enumerate(rule(method, n)))


def mistaken(flag: str, method: str, n: int) -> Rule | None:
    """The rule that an implementation with that mistake applies, or None if the mistake has no meaning here."""
    real, gauss, trapezoid = Arithmetic(FIFTY_DIGITS + 32).real, method == "gausslegendre", method.endswith("trapezoid")
    if flag in NAMED:
        return None if NAMED[flag] == method or n < fewest_nodes(NAMED[flag]) else rule(NAMED[flag], n)
    if flag == "OneNodeMore":
        return rule(method, n + 1)
    if flag == "OneNodeFewer":
        return rule(method, n - 1) if n - 1 >= fewest_nodes(method) else None
    if flag == "SumForMean":
        return _weighted(n, method, lambda k, right: real.one)
    if flag == "EqualWeights":
        return _weighted(n, method, lambda k, right: real.one / n) if gauss or trapezoid else None
    if flag == "TrapezoidOverN":
        return _weighted(n, method, lambda k, right: right * (n - 1) / n) if trapezoid else None
    if flag == "EndsNotHalved":
        return _weighted(n, method, lambda k, right: real.one / (n - 1)) if trapezoid else None
    if flag == "GaussWeightsDoubled":
        return _weighted(n, method, lambda k, right: 2 * right) if gauss else None
    if flag == "GaussNodesNotMoved":
        return tuple((2 * node - 1, weight) for node, weight in rule(method, n)) if gauss else None
    raise ValueError(f"unknown flag {flag!r}")


FLAGS = (
    *NAMED,
    "OneNodeMore",
    "OneNodeFewer",
    "SumForMean",
    "EqualWeights",
    "TrapezoidOverN",
    "EndsNotHalved",
    "GaussWeightsDoubled",
    "GaussNodesNotMoved",
)
"""The mistakes of a rule."""
