"""The converged integral to 1e-10 of its scale: in gradients, which no machine makes faster or slower."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from scipy.integrate import quad_vec
from torch import Tensor

from reference.check.integral import integrated
from reference.oracle.path import Path, input_path
from reference.oracle.path_integral import ScalarField, batched
from reference.oracle.quadrature import rule
from tests.benchmarks.sizes import SIZES

ACCURACY = 1e-10

MOST = 2000


class Counting(ScalarField):
    """F of flat points, which counts the gradients of all examples together."""

    gradients = 0

    def with_gradient(self, points: Tensor) -> tuple[Tensor, Tensor]:
        type(self).gradients += len(points) // self.examples
        return super().with_gradient(points)

    def rows_at_once(self, points: Tensor) -> int:
        """All of them."""
        return 15 * self.examples


def counting(path: Path) -> Path:
    """The same path, flat, whose field counts."""
    field, shape = path.field, path.x.shape[1:]

    def forward(points: Tensor, *additional: Any) -> Any:
        return field.forward(points.unflatten(1, shape), *additional)

    flat = Counting(forward, field.additional, field.target, field.examples, field.around)
    return replace(path, field=flat, x=path.x.flatten(1), baseline=path.baseline.flatten(1))


def by_pieces(path: Path) -> None:
    """Our own: Gauss–Legendre on pieces, halved where F's change is missed."""
    Counting.gradients = 0
    found = integrated(path, lambda values: values, ACCURACY, MOST, torch.zeros(len(path.x)))
    assert found.converged


def by_quad_vec(path: Path) -> None:
    """SciPy's adaptive Gauss–Kronrod rule for vectors."""
    delta = path.x - path.baseline

    def integrand(alpha: float) -> Any:
        return (path.field.gradient(path.baseline + alpha * delta) * delta).numpy().ravel()

    exact = batched(path.field, path.x, path.baseline, rule("gausslegendre", 200)).attribution
    Counting.gradients = 0
    quad_vec(integrand, 0, 1, epsabs=ACCURACY * float(exact.abs().max()), epsrel=0, norm="max")


def by_one_rule(path: Path) -> None:
    """What a user can do: Gauss–Legendre with the first number of steps that is enough, as if it were known."""
    exact = batched(path.field, path.x, path.baseline, rule("gausslegendre", 300)).attribution
    for n_steps in range(2, 300):
        Counting.gradients = 0
        got = batched(path.field, path.x, path.baseline, rule("gausslegendre", n_steps)).attribution
        if float((got - exact).abs().max()) <= ACCURACY * float(exact.abs().max()):
            return


WAYS = {"ours": by_pieces, "scipy quad_vec": by_quad_vec, "one rule, n known": by_one_rule}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", ["tiny"])
def test_one_integral(benchmark: Any, size: str, way: str) -> None:
    problem = SIZES[size]
    path = counting(input_path(problem.build("float64"), problem.call.target))
    benchmark.group = f"integral to {ACCURACY:.0e}, {size}"
    benchmark.name = way
    benchmark.pedantic(WAYS[way], args=(path,), rounds=1)
    benchmark.extra_info["gradients"] = Counting.gradients
