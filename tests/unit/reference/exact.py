"""The five rules in exact arithmetic, and what they make of the powers of α: by hand, nothing shared with reference."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import factorial
from typing import Any

import mpmath
from scipy.special import roots_legendre

mp: Any = mpmath.mp.clone()
mp.dps = 50

ULP = 2.0**-52
"""Of 1, in float64."""


def spacing(method: str, n: int) -> Fraction:
    """h, the distance of two neighbouring nodes: the trapezoid has n − 1 intervals, the other Riemann rules n."""
    return Fraction(1, n - 1 if method == "riemann_trapezoid" else n)


def riemann(method: str, n: int) -> tuple[list[Fraction], list[Fraction]]:
    """Nodes and weights of a Riemann rule."""
    h = spacing(method, n)
    first = {"riemann_right": h, "riemann_middle": h / 2}.get(method, Fraction(0))
    weights = [h] * n
    if method == "riemann_trapezoid":
        weights[0] = weights[-1] = h / 2
    return [first + k * h for k in range(n)], weights


@cache
def gauss_legendre(n: int) -> tuple[list[Any], list[Any]]:
    """Nodes and weights on [0, 1] to 50 digits: SciPy's 14 or more, doubled twice by Newton's method, and mirrored."""
    nodes, weights = [], []
    for start in roots_legendre(n)[0][: (n + 1) // 2]:
        t = mp.mpf(float(start))
        for _ in range(2):
            value, slope = _legendre(n, t)
            t -= value / slope
        _, slope = _legendre(n, t)
        nodes.append((1 + t) / 2)
        weights.append(1 / ((1 - t * t) * slope * slope))
    half = n // 2
    return [*nodes, *(1 - node for node in nodes[:half][::-1])], [*weights, *weights[:half][::-1]]


def _legendre(n: int, t: Any) -> tuple[Any, Any]:
    """P_n(t) by (k + 1) P_{k+1} = (2k + 1) t P_k − k P_{k−1}, and P_n'(t) = n (P_{n−1} − t P_n) / (1 − t²)."""
    before, value = mp.mpf(0), mp.mpf(1)
    for k in range(n):
        before, value = value, ((2 * k + 1) * t * value - k * before) / (k + 1)
    return value, n * (before - t * value) / (1 - t * t)


def nodes_and_weights(method: str, n: int) -> tuple[list[Any], list[Any]]:
    """Those of any rule, 50 digits."""
    if method == "gausslegendre":
        return gauss_legendre(n)
    nodes, weights = ([mp.mpf(one.numerator) / one.denominator for one in part] for part in riemann(method, n))
    return nodes, weights


def degree(method: str, n: int) -> int:
    """The highest power of α that the rule integrates exactly, with all lower ones."""
    return {"riemann_left": 0, "riemann_right": 0, "gausslegendre": 2 * n - 1}.get(method, 1)


def miss(method: str, n: int) -> Fraction:
    """∫₀¹ α^p dα − S_n(α^p) for the first power p = degree + 1 that the rule does not integrate exactly.

    By Peano's theorem ∫ g − S_n(g) = miss / p! · g^(p)(ξ) for some ξ in (0, 1).
    """
    h = spacing(method, n)
    return {
        "riemann_left": h / 2,
        "riemann_right": -h / 2,
        "riemann_middle": h**2 / 12,
        "riemann_trapezoid": -(h**2) / 6,
        "gausslegendre": Fraction(factorial(n) ** 4, (2 * n + 1) * factorial(2 * n) ** 2),
    }[method]


def moments(method: str, n: int) -> tuple[Fraction, Fraction, Fraction]:
    """S_n(1), S_n(α), S_n(α²)."""
    h, one, half, third = spacing(method, n), Fraction(1), Fraction(1, 2), Fraction(1, 3)
    return {
        "riemann_left": (one, half - h / 2, third - h / 2 + h**2 / 6),
        "riemann_right": (one, half + h / 2, third + h / 2 + h**2 / 6),
        "riemann_middle": (one, half, third - h**2 / 12),
        "riemann_trapezoid": (one, half, third + h**2 / 6),
        "gausslegendre": (one, half, third if n > 1 else Fraction(1, 4)),
    }[method]
