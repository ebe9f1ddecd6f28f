"""What a vector expects of a problem: the attribution, its budgets, and the values that mistakes give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, ROUND_UP, Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from reference.oracle.budget import DOUBLE_PER_SINGLE, FLOOR_ULPS, UNITS
from reference.oracle.path import NUDGES
from tests.tools.vectors.arithmetic import FIFTY_DIGITS, SINGLE, Arithmetic, Real
from tests.tools.vectors.mistakes import Case, results
from tests.tools.vectors.path import Path, Rows, shaped
from tests.tools.vectors.rules import rule
from tests.tools.vectors.text import Literal

DIGITS = 17
"""What identifies a float64."""

MISTAKE_DIGITS = 9
"""A result is compared with a mistake relative to the distance of the mistake from the right value."""

VISIBLE = 100
"""A mistake is listed if it is off by this many budgets of float64."""

SHARP = 0.01
"""The largest budget, as a share of the largest element, with which a comparison is informative."""

ULP = {"float64": 2.0**-52, "float32": 2.0**-23}


def expected(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The fields `flags`, `expected` and `mistakes` of the vector of a valid problem.

    Raises   ValueError if the budget of float64 is too large to show an error
    """
    exact, rounded = Arithmetic(FIFTY_DIGITS), Arithmetic(SINGLE)
    nodes = rule(problem["rule"]["method"], problem["rule"]["n_steps"])
    path = Path.of(problem, exact)
    right = path.attribution(nodes)
    case = Case(problem, path, nodes, right)
    budget = _budgets(problem, case, exact, rounded)
    size = max(_largest(row) for row in right)
    if size and max(budget["float64"]) > SHARP * size:
        raise ValueError(f"the budgets {budget['float64']} are too large for {size}: choose another problem")
    if any(allowed > SHARP * _largest(row) for allowed, row in zip(budget["float32"], right, strict=True) if any(row)):
        del budget["float32"]
    visible = {flag: rows for flag, rows in results(case) if _is_visible(rows, right, budget)}
    ends = [[path.value(b, end[b]) for b in range(len(right))] for end in (path.inputs, path.baselines)]
    return {
        "flags": sorted(visible),
        "expected": {
            "attributions": _literals(right, path.tokens, DIGITS),
            "budget": {dtype: [rounded_up(one) for one in values] for dtype, values in budget.items()},
            "outputs": [literal(value, DIGITS) for value in ends[0]],
            "baseline_outputs": [literal(value, DIGITS) for value in ends[1]],
        },
        "mistakes": {flag: _literals(visible[flag], path.tokens, MISTAKE_DIGITS) for flag in sorted(visible)},
    }


def _budgets(problem: Mapping[str, Any], case: Case, exact: Arithmetic, rounded: Arithmetic) -> dict[str, list[Real]]:
    """The largest error that rounding explains for each example, as reference/oracle/budget.py defines it.

    The float32 sums are those of an arithmetic with 24 bits, which rounds as float32 does, on every machine.
    """
    nodes = case.rule
    units = [exact.real.zero] * len(case.right)
    for right, other in _neighbours(problem, case, exact, rounded):
        for b, rows in enumerate(zip(right.attribution(nodes), other.attribution(nodes), strict=True)):
            units[b] = max(units[b], *(abs(one - exact.round(two)) for one, two in zip(*rows, strict=True)))
    magnitudes = [case.path.magnitude(b, nodes) for b in range(len(case.right))]
    scale = {"float64": DOUBLE_PER_SINGLE, "float32": 1.0}
    return {
        dtype: [
            UNITS * scale[dtype] * unit + FLOOR_ULPS * ulp * magnitude if any(case.path.delta(b)) else exact.real.zero
            for b, (unit, magnitude) in enumerate(zip(units, magnitudes, strict=True))
        ]
        for dtype, ulp in ULP.items()
    }


def _neighbours(
    problem: Mapping[str, Any], case: Case, exact: Arithmetic, rounded: Arithmetic
) -> Iterator[tuple[Path, Path]]:
    """The path, and paths with coordinates times 1 ± a nudge, alike at both ends: in 50 digits and in 24 bits."""
    yield case.path, Path.of(problem, rounded)
    elements = len(case.right[0])
    signs = np.random.RandomState(0).randint(0, 2, size=(len(NUDGES), len(case.right), elements))
    for nudge, chosen in zip(NUDGES, signs.tolist(), strict=True):

        def factor(b: int, i: int, nudge: float = nudge, chosen: Any = chosen) -> Real:
            return exact.round(1 + nudge if chosen[b][i] else 1 - nudge)

        yield Path.of(problem, exact, factor), Path.of(problem, rounded, factor)


def _is_visible(rows: Rows, right: Rows, budget: Mapping[str, Sequence[Real]]) -> bool:
    """Whether some example is off by `VISIBLE` budgets, and by more than the digits of a mistake hide."""
    for b, pair in enumerate(zip(rows, right, strict=True)):
        distance = max(abs(one - other) for one, other in zip(*pair, strict=True))
        digits = _largest(pair[0]) * 10.0 ** (3 - MISTAKE_DIGITS)
        if distance > max(digits, VISIBLE * budget["float64"][b]):
            return True
    return False


def _largest(row: Sequence[Real]) -> Real:
    return max(abs(element) for element in row)


def _literals(rows: Rows, tokens: int, digits: int) -> list[Any]:
    return [shaped([literal(element, digits) for element in row], tokens) for row in rows]


def literal(value: Real, digits: int) -> Literal:
    """The number with that many significant digits; half a digit is rounded to even."""
    rounded = Context(prec=digits, rounding=ROUND_HALF_EVEN).plus(_without_noise(value))
    if not rounded:
        return Literal("0.0")
    fixed = -5 < rounded.adjusted() < digits
    return Literal(f"{rounded:.{digits - 1 - rounded.adjusted()}f}" if fixed else f"{rounded:.{digits - 1}e}")


def rounded_up(value: Real) -> Literal:
    """The number with three significant digits, not below it."""
    rounded = Context(prec=3, rounding=ROUND_UP).plus(_without_noise(value))
    return Literal(f"{rounded:.2e}" if rounded else "0.0")


def _without_noise(value: Real) -> Decimal:
    """The number with 45 decimals, which all computations share: the last of 50 digits depend on the release of mpmath.

    Without this, a result that is exactly 0.4697265625 would be a little below or above half a digit, and 0 be 1e-53.
    """
    exact = Fraction(abs(int(value.man))) * Fraction(2) ** int(value.exp) if value else Fraction(0)
    return Decimal(f"{'-' if value < 0 else ''}{round(exact * 10**45)}E-45")
