"""Expected attributions of polynomials against rational numbers, which share nothing with the generator."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import prod
from typing import Any

import pytest

from reference.vectors.files import FOLDER


def exact(group: str) -> dict[str, dict[str, Any]]:
    """The vectors of a group; each number is the fraction that its decimals mean."""
    file = json.loads((FOLDER / f"{group}.json").read_text(encoding="utf-8"), parse_float=Fraction)
    return {vector["id"]: vector for vector in file["vectors"]}


def digits(value: Fraction) -> Decimal:
    """Half a unit of the 17th significant digit."""
    size = Decimal(value.numerator) / Decimal(value.denominator)
    return Decimal(5).scaleb(size.adjusted() - 17) if value else Decimal(0)


def is_rounded(written: Fraction, value: Fraction) -> bool:
    """Whether `written` is `value` to 17 significant digits."""
    return abs(written - value) <= Fraction(digits(value))


MONOMIALS = exact("monomial")

RIEMANN = {
    name: one for name, one in exact("polynomial").items() if one["problem"]["rule"]["method"] != "gausslegendre"
}


@pytest.mark.parametrize("name", MONOMIALS)
def test_monomial_from_0_gives_its_share_of_the_output(name: str) -> None:
    vector = MONOMIALS[name]
    ((term,),) = vector["problem"]["function"]["layers"][0]["outputs"]
    powers, (x,) = term["powers"], vector["problem"]["inputs"]
    assert 2 * vector["problem"]["rule"]["n_steps"] >= sum(powers)
    output = prod(element**power for element, power in zip(x, powers, strict=True))
    (attribution,) = vector["expected"]["attributions"]
    for written, power in zip(attribution, powers, strict=True):
        assert is_rounded(written, Fraction(power, sum(powers)) * output)


def rule(method: str, n_steps: int) -> list[tuple[Fraction, Fraction]]:
    """Nodes and weights."""
    n = n_steps
    if method == "riemann_trapezoid":
        return [(Fraction(k, n - 1), Fraction(1 if k in (0, n - 1) else 2, 2 * (n - 1))) for k in range(n)]
    first = {"riemann_left": Fraction(0), "riemann_middle": Fraction(1, 2), "riemann_right": Fraction(1)}[method]
    return [((k + first) / n, Fraction(1, n)) for k in range(n)]


def slope(terms: Sequence[Mapping[str, Any]], point: Sequence[Fraction], i: int) -> Fraction:
    """The partial derivative of the polynomial."""
    result = Fraction(0)
    for term in terms:
        powers = list(term["powers"])
        factor, powers[i] = powers[i], powers[i] - 1
        if factor:
            result += factor * term["coefficient"] * prod(y**m for y, m in zip(point, powers, strict=True))
    return result


@pytest.mark.parametrize("name", RIEMANN)
def test_riemann_sum_of_a_polynomial_is_a_rational_number(name: str) -> None:
    problem = RIEMANN[name]["problem"]
    (terms,) = problem["function"]["layers"][0]["outputs"]
    (x,), (start,), nodes = problem["inputs"], problem["baselines"], rule(**problem["rule"])
    delta = [one - other for one, other in zip(x, start, strict=True)]
    (attribution,) = RIEMANN[name]["expected"]["attributions"]
    for i, written in enumerate(attribution):
        points = [[s + node * d for s, d in zip(start, delta, strict=True)] for node, _ in nodes]
        terms_of_sum = (weight * slope(terms, point, i) for (_, weight), point in zip(nodes, points, strict=True))
        assert is_rounded(written, delta[i] * sum(terms_of_sum))
