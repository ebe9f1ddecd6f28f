"""The predicted effect of a known defect on a whole call, in budgets, from a model that calls no Captum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from reference.laws.presenting import default_dtype
from reference.oracle.budget import Budget
from reference.oracle.joint import Answer, together
from reference.oracle.net_calls import right
from reference.oracle.path_integral import totals
from reference.oracle.quadrature import Rule, rule
from reference.problem import Problem
from reference.subject import Subject, rule_of
from tests.subjects.captum.known_defects.effects import in_budgets
from tests.subjects.captum.known_defects.rule import trapezoid_over_n


def sum_without_factor(problem: Problem, subject: Subject) -> float:
    """The delta has the total of the average gradients, not that of the attributions."""
    answer = right(problem, _known_rule(problem, subject))
    averages = together([part.attribution for part in answer.parts]).sum(1)
    return _in_budgets_of_delta(averages - totals(answer.whole.attribution), answer)


def rule_of_a_tensor(problem: Problem, subject: Subject) -> float:
    """Steps in a tensor: 1/n is rounded to a tensor, and the trapezoid's weights are one tensor, halved twice."""
    known, n = _known_rule(problem, subject), torch.tensor(problem.call.n_steps)
    with default_dtype(problem.call.mode):
        ends: dict[str, tuple[Any, Any]] = {
            "riemann_left": (0.0, 1 - 1 / n),
            "riemann_right": (1 / n, 1.0),
            "riemann_middle": (1 / (2 * n), 1 - 1 / (2 * n)),
            "riemann_trapezoid": (0.0, 1.0),
        }
        first, last = ends[problem.call.method]
        nodes = torch.linspace(float(first), float(last), int(n)).double()
        weight = (1 / n).float() / (4 if problem.call.method == "riemann_trapezoid" else 1)
    wrong = Rule(tuple(nodes.tolist()), (float(weight),) * int(n))
    return max(_differences(right(problem, wrong), right(problem, known), delta=problem.call.delta), default=0.0)


def weights_not_rounded(problem: Problem, subject: Subject) -> float:
    """Weights as exact as 1/n is, at the nodes that Captum is known to take."""
    known, call = _known_rule(problem, subject), problem.call
    wrong = Rule(known.nodes, trapezoid_over_n(rule(call.method, call.n_steps), call.method).weights)
    return max(_differences(right(problem, wrong), right(problem, known), delta=problem.call.delta), default=0.0)


def _differences(wrong: Answer, answer: Answer, *, delta: bool) -> Iterator[float]:
    """In budgets, of each attribution, and of the delta if it is asked for."""
    for got, expected in zip(wrong.parts, answer.parts, strict=True):
        rows = expected.attribution.reshape(len(expected.attribution), -1).isfinite().all(1)
        if bool(rows.any()):
            error = got.attribution[rows] - expected.attribution[rows]
            yield in_budgets(error.reshape(len(error), -1), expected.of(rows).elements)
    if delta:
        yield _in_budgets_of_delta(wrong.delta - answer.delta, answer)


def _in_budgets_of_delta(error: Tensor, answer: Answer) -> float:
    rows = answer.delta.isfinite()
    budget: Budget | None = answer.delta_budget(rows) if bool(rows.any()) else None
    return 0.0 if budget is None else in_budgets(error[rows], budget)


def _known_rule(problem: Problem, subject: Subject) -> Rule:
    """The rule that Captum is known to follow. It may depend on torch's default dtype."""
    with default_dtype(problem.call.mode):
        return rule_of(subject, problem.call.method, problem.call.n_steps)
