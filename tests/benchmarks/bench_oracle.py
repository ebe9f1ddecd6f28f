"""The oracle's forms of one sum beside Captum's IG, by the same rule and in float64: one number of each is one IG."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from captum.attr import IntegratedGradients

from reference.built_problem import BuiltProblem
from reference.oracle.numpy import bert as numpy_bert
from reference.oracle.path import input_path
from reference.oracle.path_integral import batched, step_by_step
from reference.oracle.quadrature import rule
from reference.problem import Problem
from tests.benchmarks.sizes import N_STEPS, SIZES

RULE = rule("gausslegendre", N_STEPS)


def captum(problem: Problem, built: BuiltProblem) -> Callable[[], Any]:
    """Captum's IG with its defaults: all steps in one batch."""
    entry = built.embeddings
    ends = entry.inputs, entry.baselines
    options = {"target": problem.call.target, "additional_forward_args": entry.additional, "n_steps": N_STEPS}
    return lambda: IntegratedGradients(entry.forward).attribute(*ends, method=problem.call.method, **options)


def plain(problem: Problem, built: BuiltProblem) -> Callable[[], Any]:
    """One step at a time."""
    path = input_path(built, problem.call.target)
    return lambda: step_by_step(path.field, path.x, path.baseline, RULE)


def all_in_one_batch(problem: Problem, built: BuiltProblem) -> Callable[[], Any]:
    """All steps, and both ends."""
    path = input_path(built, problem.call.target)
    return lambda: batched(path.field, path.x, path.baseline, RULE)


def with_numpy(problem: Problem, built: BuiltProblem) -> Callable[[], Any]:
    """BERT from its paper's equations, differentiated by HIPS autograd."""
    return lambda: numpy_bert.integrated_gradients(problem.model, problem.data, 0, RULE)


FORMS = {"captum": captum, "plain": plain, "batched": all_in_one_batch, "NumPy": with_numpy}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", SIZES)
def test_one_attribution(benchmark: Any, size: str, form: str) -> None:
    problem = SIZES[size]
    ask = FORMS[form](problem, problem.build("float64"))
    ask()
    benchmark.group = f"IG, {size}"
    benchmark.name = form
    benchmark(ask)
