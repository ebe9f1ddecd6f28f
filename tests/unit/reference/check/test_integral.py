"""The converged integral: degrees of exactness, prediction of rules, jumps, and node limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from reference.check.copies import Copies
from reference.check.field import Call
from reference.check.integral import GAUSS, JUMP, KRONROD, NODES, Integral, integrated, steps_needed
from reference.oracle.budget import floor
from reference.oracle.quadrature import METHODS, rule

X = torch.tensor([[1.0, 2.0], [0.5, -1.0]], dtype=torch.float64)

KINK = 0.3123
"""At no node of a rule here."""


@pytest.mark.parametrize(("weights", "degree"), [(KRONROD, 23), (GAUSS, 13)], ids=["Kronrod", "Gauss"])
def test_rule_is_exact_up_to_its_degree_alone(weights: np.ndarray, degree: int) -> None:
    def error(power: int) -> float:
        return abs(float(weights @ NODES**power) - (2 / (power + 1) if power % 2 == 0 else 0.0))

    rounding = float(floor(torch.tensor(weights.sum()), torch.float64))
    assert max(error(power) for power in range(degree + 1)) <= rounding
    assert error(degree + 1) > rounding


def integral(forward: Callable[[Tensor], Tensor], accuracy: float = 1e-6, most: int = 600) -> Integral:
    call = Call(forward, (X,), (torch.zeros_like(X),), (), None, Copies(()))
    path, _ = call.path(torch.float64)
    return integrated(path, lambda flat: flat, accuracy, most, torch.zeros(2, dtype=torch.float64))


def test_integral_of_a_power_is_exact() -> None:
    found = integral(lambda x: x.pow(6).sum(1))
    assert found.converged
    off = (found.attribution - X**6).abs().amax(1)
    assert bool((off <= found.error + floor((X**6).sum(1), torch.float64)).all())
    assert found.nodes == 30


@pytest.mark.parametrize(("steepness", "widths"), [(3, [0.125, 0.125, 0.25, 0.5]), (4, [0.125] * 4 + [0.5])])
def test_piece_is_cut_into_four_where_halves_would_not_do(steepness: int, widths: list[float]) -> None:
    """tanh(3x) needs halves of [0, 0.5], then halves again. tanh(4x) needs quarters at once."""
    found = integral(lambda x: (steepness * x).tanh().sum(1), 1e-10)
    assert found.converged
    assert [piece.high - piece.low for piece in found.pieces] == widths
    assert found.nodes == 90
    off = (found.attribution - (steepness * X).tanh()).abs().amax(1)
    assert bool((off <= found.error).all())


@pytest.mark.parametrize("method", METHODS)
def test_rule_is_predicted_without_the_model(method: str) -> None:
    calls: list[int] = []

    def forward(x: Tensor) -> Tensor:
        calls.append(1)
        return (3 * x).tanh().sum(1)

    found = integral(forward)
    calls.clear()
    nodes = rule(method, 7)
    predicted = found.of_rule(nodes)
    assert not calls
    alphas = torch.tensor(nodes.nodes, dtype=torch.float64).reshape(-1, 1, 1)
    weights = torch.tensor(nodes.weights, dtype=torch.float64).reshape(-1, 1, 1)
    right = (weights * 3 * (1 - (3 * alphas * X).tanh() ** 2)).sum(0) * X
    assert bool(((predicted - right).abs().amax(1) <= found.uncertain(nodes)).all())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_steps", [10, 50, 300])
def test_rule_is_predicted_within_what_a_kink_leaves_unknown(method: str, n_steps: int) -> None:
    """A node in the one piece that holds the kink is off by up to its weight times the step of the gradient."""
    found = integral(lambda x: (x - KINK).relu().sum(1))
    nodes = rule(method, n_steps)
    alphas = torch.tensor(nodes.nodes, dtype=torch.float64).reshape(-1, 1, 1)
    weights = torch.tensor(nodes.weights, dtype=torch.float64).reshape(-1, 1, 1)
    right = (weights * (alphas * X > KINK)).sum(0) * X
    off = (found.of_rule(nodes) - right).abs().amax(1)
    assert bool((off <= found.uncertain(nodes)).all())


def test_steps_needed_reach_the_accuracy_and_fewer_do_not() -> None:
    found = integral(lambda x: (2 * x).tanh().sum(1))
    for method in METHODS:
        steps = steps_needed(found, method, 1e-2)
        assert steps is not None
        assert float(found.misses(rule(method, steps)).max()) <= 1e-2
        assert float(found.misses(rule(method, max(2, steps // 2))).max()) > 1e-2


@pytest.mark.parametrize("place", [0.25, 0.7])
def test_jump_is_located_and_never_called_converged(place: float) -> None:
    found = integral(lambda x: x.sum(1) + (x[:, 0] > place * X[:, 0].repeat(len(x) // 2)).to(x))
    assert not found.converged
    assert found.jump
    assert found.trouble == pytest.approx(place, abs=JUMP)


def test_node_limit_is_kept() -> None:
    found = integral(lambda x: (50 * x).sin().sum(1), accuracy=1e-9, most=90)
    assert found.nodes <= 90
    assert not found.converged
    truth = (50 * X).sin()
    assert bool(((found.attribution - truth).abs().amax(1) <= found.error).all())


def test_error_of_each_score_covers_the_truth() -> None:
    coarse: Any = integral(lambda x: (9 * x).tanh().sum(1), accuracy=0.1, most=60)
    assert bool(((coarse.attribution - (9 * X).tanh()).abs() <= coarse.each).all())
