"""The forms of the oracle are one: step by step, batched, along a curve, in NumPy, and converged."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given

from reference.models.bert import TinyBert
from reference.oracle.budget import Budget, assert_equal, assert_within
from reference.oracle.numpy import bert as numpy_bert
from reference.oracle.oracle import Oracle
from reference.oracle.path import input_path
from reference.oracle.path_integral import along_curve, batched, converged, step_by_step, totals
from reference.oracle.quadrature import METHODS, rule
from reference.problem import Call, Problem, Tokens
from reference.violation import Violation
from strategies.calls import FEW_STEPS
from strategies.domain import DOMAINS


def in_few_steps(problem: Problem) -> Problem:
    """In float64; two of the forms take one step at a time, and NumPy is slow."""
    return problem.asking(n_steps=min(problem.call.n_steps, FEW_STEPS), dtype="float64")


@given(problem=DOMAINS["smooth"](None).map(in_few_steps))
def test_all_forms_of_the_oracle_agree(problem: Problem) -> None:
    call = problem.call
    nodes = rule(call.method, call.n_steps)
    oracle = Oracle.of(problem, nodes)
    path, expected = input_path(oracle.float64, call.target), oracle.ig()
    in_numpy = numpy_bert.integrated_gradients(problem.model, problem.data, call.target, nodes)
    forms = {
        "step by step": step_by_step(path.field, path.x, path.baseline, nodes).attribution,
        "batched": batched(path.field, path.x, path.baseline, nodes).attribution,
        "along the curve that is straight": along_curve(
            path.field, lambda point: point, path.x, path.baseline, nodes
        ).attribution,
        "in NumPy": torch.from_numpy(in_numpy),
    }
    for form, attribution in forms.items():
        assert_equal(
            Violation, got=attribution, expected=expected.attribution, budget=expected.elements, what=f"the sum {form}"
        )
    integral = converged(path.field, path.x, path.baseline)
    assert_within(
        Violation,
        error=totals(integral.attribution) - expected.change,
        budget=expected.gap + Budget(integral.doubled, "what doublings change"),
        what="the converged total",
    )


@pytest.mark.parametrize("method", METHODS)
def test_many_steps_in_one_batch_are_the_same_steps(method: str) -> None:
    data = Tokens(ids=((2, 3, 1), (3, 3, 2)), baseline=((0, 0, 0), (0, 1, 0)))
    problem = Problem(model=TinyBert(hidden=6, heads=2, layers=2), data=data, call=Call(method=method, n_steps=64))
    nodes = rule(method, 64)
    oracle = Oracle.of(problem, nodes)
    path, expected = input_path(oracle.float64, problem.call.target), oracle.ig()
    got = step_by_step(path.field, path.x, path.baseline, nodes).attribution
    assert_equal(
        Violation, got=got, expected=expected.attribution, budget=expected.elements, what="64 steps one at a time"
    )
