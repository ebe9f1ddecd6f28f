"""The predicted effect of a known defect in budgets, for defects that do not show on every problem that they affect.

Each is a model of the defect in float64: what Captum returns instead of the right result. It calls no Captum. The rule
is the one that Captum is known to follow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import Entry
from reference.laws.asking import Asking
from reference.oracle import substitution
from reference.oracle.budget import Budget
from reference.oracle.expected import Expected
from reference.oracle.path import Path
from reference.oracle.path_integral import select, totals
from reference.oracle.quadrature import Rule
from reference.problem import Problem
from reference.subject import Subject, rule_of
from reference.violation import Violation

GRAPH_CHUNKS = {"a step a chunk": 1, "a step and a row": 1, "two steps a chunk": 2}
"""Cases of the law `graph_independent_of_chunks`: how many steps Captum puts into a chunk."""


def in_budgets(error: Tensor, budget: Budget) -> float:
    """The largest error in budgets. Shapes   error (batch, …)."""
    worst = error.detach().abs().flatten(1).amax(1) if error.dim() > 1 else error.detach().abs()
    return float(torch.where(worst > 0, worst / budget.value, 0.0).max())


def times_n_steps(problem: Problem, subject: Subject) -> float:
    """The attribution is n_steps times the right one."""
    asking = Asking.of(Violation, problem, subject)
    excess = (problem.call.n_steps - 1) * asking.expected.attribution
    return max(in_budgets(excess, asking.expected.elements), in_budgets(totals(excess), asking.expected.gap))


def average_of_all_rows(problem: Problem, subject: Subject) -> float:
    """A forward that averages its rows, of all examples and steps: each row has that share of the attribution."""
    asking = Asking.of(Violation, problem, subject)
    lost = 1 - 1 / (problem.call.n_steps * problem.data.batch)
    return in_budgets(lost * asking.expected.attribution, asking.expected.elements)


def sum_without_factor(problem: Problem, subject: Subject) -> float:
    """The delta has the total of the average gradient, not that of the attribution."""
    asking = Asking.of(Violation, problem, subject)
    average = asking.oracle.average_gradient(asking.layer).attribution
    return in_budgets(totals(average) - totals(asking.expected.attribution), asking.expected.gap)


def derivative_of_other_chunks(problem: Problem, subject: Subject) -> float:
    """The derivative lacks the average gradient of all nodes but those of the first chunk."""
    asking = Asking.of(Violation, problem, subject)
    first = GRAPH_CHUNKS[problem.call.case or "a step a chunk"]
    others = Rule(asking.rule.nodes[first:], asking.rule.weights[first:])
    lost = replace(asking.oracle, rule=others).average_gradient().attribution
    budget = asking.oracle.derivative().elements + asking.oracle.average_gradient().elements
    return in_budgets(lost, budget + budget)


def one_token_baseline(problem: Problem, subject: Subject) -> float:
    """F and the layer at a baseline of a single token, which stands for the baseline in all places.

    If F reads a later token, there is no delta.
    """
    asking = Asking.of(Violation, problem, subject)
    expected, built = asking.expected, problem.build("float64")
    entry = built.layered if asking.layer else built.embeddings
    token = entry.baselines[:, :1]
    attribution = expected.attribution
    if asking.layer:
        module = (asking.layer.module(built.model), asking.layer.at_input)
        at_token = replace(entry, baselines=token)
        ((end, begin),) = substitution.activations([module], at_token)
        rest = substitution.rest(module[0], entry, problem.call.target, at_input=module[1])
        attribution = Path(rest, end, begin.expand_as(end)).sum(asking.rule).attribution
    of_attribution = in_budgets(attribution - expected.attribution, expected.elements)
    if not runs_on_one_token(problem):
        return of_attribution
    whole = substitution.whole(entry, problem.call.target)
    change = whole(entry.inputs) - whole(token)
    wrong = totals(attribution) - change - (totals(expected.attribution) - expected.change)
    return max(of_attribution, in_budgets(wrong, expected.gap))


def hook_gone(problem: Problem, subject: Subject) -> float:
    """A checkpointed block is run again without the hook: its gradients are those at the unreplaced layer."""
    asking = Asking.of(Violation, problem, subject)
    asking = replace(asking, layer=asking.built.checkpointed)
    built = problem.build("float64")
    entry, module = built.layered, built.checkpointed.module(built.model)
    ((end, begin),) = substitution.activations([(module, False)], entry)
    total = torch.zeros_like(end)
    for alpha, weight in zip(asking.rule.nodes, asking.rule.weights, strict=True):
        total += weight * _gradient_with_hook(entry, module, begin + alpha * (end - begin), problem.call.target)
    expected = asking.expected
    return in_budgets(total * (end - begin) - expected.attribution, expected.elements)


def steps_along_length(problem: Problem, subject: Subject) -> float:
    """Of an output (length, batch, hidden), the steps are stacked along length, and their gradients along the batch."""
    expected, (end, begin) = _twin(problem, subject)
    built, nodes = problem.build("float64"), rule_of(subject, problem.call.method, problem.call.n_steps)
    end, begin = end.transpose(0, 1), begin.transpose(0, 1)
    scaled = torch.cat([begin + alpha * (end - begin) for alpha in nodes.nodes])
    entry, module = _repeated(built.layered, len(nodes)), built.inner.module(built.model)
    gradient = _weighted(nodes, _gradient_with_hook(entry, module, scaled, problem.call.target, len(nodes)))
    return in_budgets((gradient * (end - begin)).transpose(0, 1) - expected.attribution, expected.elements)


def runs_on_one_token(problem: Problem) -> bool:
    """Whether the model has the target's output on a baseline of a single token."""
    built = problem.build("float64")
    entry = built.layered if problem.call.layer else built.embeddings
    try:
        substitution.whole(entry, problem.call.target)(entry.baselines[:, :1])
    except (IndexError, RuntimeError, ValueError):
        return False
    return True


def runs_with_steps_along_length(problem: Problem) -> bool:
    """Whether the model runs on steps that are stacked along length, and has a row for each of a list of targets."""
    twin = replace(problem, model=replace(problem.model, variant="unmodified")).build("float64")
    built, layer, times = problem.build("float64"), twin.embeddings_layer, problem.call.n_steps
    ((end, _),) = substitution.activations([(layer.module(twin.model), layer.at_input)], twin.layered)
    stacked = end.transpose(0, 1).repeat(times, 1, 1)
    entry = _repeated(built.layered, times)
    handle = built.inner.module(built.model).register_forward_hook(lambda *given: stacked)
    try:
        with torch.no_grad():
            rows = len(entry.output())
    except (IndexError, RuntimeError):
        return False
    finally:
        handle.remove()
    return rows == len(entry.inputs) or not built.of_each(problem.call.target)


def first_row_for_all(problem: Problem, subject: Subject) -> float:
    """A bare tensor in place of a list: its first row is read for all rows, of all examples and steps."""
    expected, (end, begin) = _twin(problem, subject)
    built, nodes = problem.build("float64"), rule_of(subject, problem.call.method, problem.call.n_steps)
    scaled = torch.cat([begin + alpha * (end - begin) for alpha in nodes.nodes])
    entry, module = _repeated(built.layered, len(nodes)), built.inner.module(built.model)
    gradient = _weighted(nodes, _gradient_with_hook(entry, module, scaled, problem.call.target, len(nodes)))
    return in_budgets(gradient * (end - begin) - expected.attribution, expected.elements)


def _twin(problem: Problem, subject: Subject) -> tuple[Expected, tuple[Tensor, Tensor]]:
    """For the unmodified twin of a staged variant, at its embeddings: what is right, and the values at both ends."""
    twin = Asking.of(Violation, replace(problem, model=replace(problem.model, variant="unmodified")), subject)
    layer, built = twin.built.embeddings_layer, twin.problem.build("float64")
    (ends,) = substitution.activations([(layer.module(built.model), layer.at_input)], built.layered)
    return twin.at(layer).expected, ends


def _weighted(nodes: Rule, gradients: Tensor) -> Tensor:
    """Σ_k w_k of gradients that lie step after step in the first dimension."""
    weights = torch.tensor(nodes.weights, dtype=gradients.dtype).reshape(-1, *(1,) * gradients.dim())
    return (weights * gradients.unflatten(0, (len(nodes), -1))).sum(0)


def _repeated(entry: Entry, times: int) -> Entry:
    """The entry with its rows repeated, step after step."""
    additional = (None if given is None else given.repeat(times, 1) for given in entry.additional)
    return replace(entry, inputs=entry.inputs.repeat(times, 1), additional=tuple(additional))


def _gradient_with_hook(entry: Entry, module: nn.Module, value: Tensor, target: Any, times: int = 1) -> Tensor:
    """The gradient of F at `value`, which a hook puts in place of the module's output while F runs forward.

    `times` is the number of rows of each example, step after step.
    """
    leaf = value.detach().clone().requires_grad_()
    handle = module.register_forward_hook(lambda *given: leaf)
    try:
        output = select(entry.forward(entry.inputs, *entry.additional), target, times)
    finally:
        handle.remove()
    (gradient,) = torch.autograd.grad(output.sum(), leaf)
    return gradient
