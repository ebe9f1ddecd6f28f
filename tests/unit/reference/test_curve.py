"""The sum along a curve: that of the straight path if the curve is straight, and with its own slope if not."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from reference.oracle.path_integral import PathSum, along_curve, step_by_step
from reference.oracle.quadrature import METHODS, fewest_nodes, rule
from tests.unit.reference.drawn import eighths, few, steps, vectors
from tests.unit.reference.exact import ULP
from tests.unit.reference.sums import assert_right, double, every_method, roundings, scalar


def assert_same_terms(got: PathSum, expected: PathSum, n: int) -> None:
    """Bits differ by two products in each term, and by n − 1 additions in another order."""
    for ours, right in ((got.attribution, expected.attribution), (got.magnitude, expected.magnitude)):
        assert bool(((ours - right).abs() <= (n + 4) * ULP * expected.magnitude).all())


WAVY = scalar(lambda points: torch.tanh(points).prod(1) + torch.sin(points).sum(1))


@every_method
@few
@given(n=steps, x=vectors, baseline=vectors)
def test_along_a_straight_line_the_curve_is_the_path(
    method: str, n: int, x: tuple[Fraction, ...], baseline: tuple[Fraction, ...]
) -> None:
    ends, nodes = (double(*x), double(*baseline)), rule(method, n)
    assert_same_terms(along_curve(WAVY, lambda points: points, *ends, nodes), step_by_step(WAVY, *ends, nodes), n)


@pytest.mark.parametrize("method", [method for method in METHODS if method != "gausslegendre"])
@few
@given(
    intervals=st.sampled_from((1, 2, 4, 8)),
    x=vectors,
    baseline=vectors,
    matrix=st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=3, max_size=3),
)
def test_curve_along_an_affine_map_is_a_straight_path(
    method: str, intervals: int, x: tuple[Fraction, ...], baseline: tuple[Fraction, ...], matrix: list[list[int]]
) -> None:
    """With eighths, integers and powers of two every point is exact, so both differentiate F at the same points."""
    n = intervals + fewest_nodes(method) - 1
    nodes, linear = rule(method, n), torch.tensor(matrix, dtype=torch.float64)

    def affine(points: Tensor) -> Tensor:
        return points @ linear + 0.5

    ends = double(*x), double(*baseline)
    images = affine(ends[0]), affine(ends[1])
    assert_same_terms(along_curve(WAVY, affine, *ends, nodes), step_by_step(WAVY, *images, nodes), n)


@pytest.mark.parametrize("method", ["riemann_middle", "riemann_trapezoid", "gausslegendre"])
@few
@given(n=steps, x=eighths, baseline=eighths)
def test_along_a_parabola_the_curve_carries_its_own_slope(method: str, n: int, x: Fraction, baseline: Fraction) -> None:
    field = scalar(lambda points: 3 * points.sum(1))
    got = along_curve(field, lambda points: points**2, double(x), double(baseline), rule(method, n))
    size = 6 * abs(x - baseline) * (abs(baseline) + abs(x - baseline))
    assert_right(got.attribution, [3 * (x**2 - baseline**2)], [roundings(n, 2, size)])
