"""The forms of the oracle are one: plain, batched, along a curve, in NumPy, and converged."""

from __future__ import annotations

import torch
from hypothesis import given

from reference import numpy_bert
from reference.budget import Budget, assert_equal, assert_within
from reference.oracle import Oracle, input_path
from reference.path_integral import along_curve, batched, converged, plain, totals
from reference.problem import Problem
from reference.quadrature import rule
from reference.violation import Violation
from strategies.domain import DOMAINS


def in_few_steps(problem: Problem) -> Problem:
    """In float64; two of the forms take one step at a time, and NumPy is slow."""
    return problem.asking(n_steps=min(problem.call.n_steps, 12), dtype="float64")


@given(problem=DOMAINS["smooth"](None).map(in_few_steps))
def test_all_forms_of_the_oracle_agree(problem: Problem) -> None:
    call = problem.call
    nodes = rule(call.method, call.n_steps)
    oracle = Oracle.of(problem, nodes)
    path, expected = input_path(oracle.wide, call.target), oracle.ig()
    in_numpy = numpy_bert.integrated_gradients(problem.model, problem.data, call.target, nodes)
    forms = {
        "plain": plain(path.field, path.x, path.baseline, nodes).attribution,
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
        budget=expected.gap + Budget(integral.error, "error of the converged integral"),
        what="the converged total",
    )
