"""Group *rule*: the nodes and weights of a subject, read off without a model.

A forward whose backward keeps the points it is differentiated at shows the nodes; a gradient that is 1 at a single
node, another in each feature, shows all weights in one call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from reference.laws.integrand import Slope, integrand
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_equal, floor
from reference.oracle.quadrature import Rule
from reference.problem import Problem
from reference.subject import Subject, capabilities, check_offered, defaults_of, rule_of
from reference.violation import Violation, called, wrong_structure


class WrongNodes(Violation):
    """The gradient is taken at other points than the rule's nodes."""


class WrongWeights(Violation):
    """The gradients are summed with other weights than the rule's."""


class WrongDefaults(Violation):
    """What is left out of a call is not 50 steps of gausslegendre, or what the subject declares instead."""


def result(violation: type[Violation], problem: Problem, subject: Any, slope: Slope, met: list[Tensor]) -> Any:
    """The subject's IG from 0 to 1 in n_steps features at once: x' + αΔ = α."""
    ones = torch.ones(1, problem.call.n_steps, dtype=problem.dtype, device=subject.device)
    options = {"method": problem.call.method, "n_steps": problem.call.n_steps}
    check_offered(subject, options)
    return called(
        violation,
        "IG of a bare integrand",
        lambda: subject.ig(integrand(slope, met), ones, torch.zeros_like(ones), **options),
    )


def of_rule(rule: Rule, problem: Problem) -> Budget:
    """4 ulps of 1, and one for each step of the three-term recurrence behind Gauss–Legendre's nodes."""
    one = torch.ones(1)
    recurrence = torch.finfo(problem.dtype).eps * len(rule) * one.double()
    return Budget(floor(one, problem.dtype) + recurrence, "one rounding for each step of a recurrence")


@law(
    group="rule",
    violation=WrongNodes,
    needs={"ig"},
    domain="rule",
    source="Davis and Rabinowitz, Methods of Numerical Integration, 2.1 and 2.7",
)
def nodes(problem: Problem, subject: Subject) -> None:
    """The gradient is taken exactly at x' + α_k Δ, k = 1 … n_steps, once each."""
    rule = rule_of(subject, problem.call.method, problem.call.n_steps)
    met: list[Tensor] = []
    _assert_tensor(WrongNodes, result(WrongNodes, problem, subject, torch.ones_like, met), "IG of a bare integrand")
    _assert_met(WrongNodes, met, rule, problem, "nodes, ascending")


@law(
    group="rule",
    violation=WrongDefaults,
    needs={"ig"},
    domain="short_rules",
    source="https://captum.ai/api/integrated_gradients.html",
)
def defaults(problem: Problem, subject: Any) -> None:
    """Without n_steps, the nodes of IG, and of LIG, are 50 (or as declared); without method, those of gausslegendre."""
    given: dict[str, Any]
    for given in ({"method": problem.call.method}, {"n_steps": problem.call.n_steps}):
        check_offered(subject, given)
        options = {**defaults_of(subject), **given}
        rule = rule_of(subject, str(options["method"]), int(options["n_steps"]))
        for name in sorted(capabilities(subject) & {"ig", "lig"}):
            what = f"nodes of {name} with {given} alone"
            _assert_met(WrongDefaults, _met(problem, subject, name, given), rule, problem, what)


def _met(problem: Problem, subject: Any, name: str, given: dict[str, Any]) -> list[Tensor]:
    """Where `ig`, or `lig` at an identity, takes the gradient from 0 to 1 when called with what is given alone."""
    met: list[Tensor] = []
    forward, layer = integrand(torch.ones_like, met), torch.nn.Identity()
    one = torch.ones(1, 1, dtype=problem.dtype, device=subject.device)
    ends = (one, torch.zeros_like(one))
    calls: dict[str, Callable[[], Any]] = {
        "ig": lambda: subject.ig(forward, *ends, **given),
        "lig": lambda: subject.lig(lambda points: forward(layer(points)), layer, *ends, **given),
    }
    what = f"{name} with {given} alone"
    _assert_tensor(WrongDefaults, called(WrongDefaults, what, calls[name]), what)
    return met


@law(
    group="rule",
    violation=WrongWeights,
    needs={"ig"},
    domain="rule",
    source="Davis and Rabinowitz, Methods of Numerical Integration, 2.1 and 2.7",
)
def weights(problem: Problem, subject: Subject) -> None:
    """A gradient that is 1 at node k and 0 at the others has the attribution w_k."""
    rule = rule_of(subject, problem.call.method, problem.call.n_steps)

    def slope(points: Tensor) -> Tensor:
        nodes = torch.tensor(rule.nodes, dtype=torch.float64, device=points.device)
        nearest = (points[:, :1].double() - nodes).abs().argmin(1)
        return torch.nn.functional.one_hot(nearest, len(rule)).to(points)

    got = result(WrongWeights, problem, subject, slope, [])
    expected = torch.tensor([rule.weights], dtype=torch.float64)
    assert_equal(WrongWeights, got=got, expected=expected, budget=of_rule(rule, problem), what="weights")


def _assert_met(violation: type[Violation], met: list[Tensor], rule: Rule, problem: Problem, what: str) -> None:
    """The gradient was taken at the rule's nodes."""
    __tracebackhide__ = True
    if not met:
        raise violation("the gradient of the forward was never taken")
    points = torch.cat(met)[:, 0].sort().values.unsqueeze(0)
    expected = torch.tensor([sorted(rule.nodes)], dtype=torch.float64)
    length = torch.ones(1)
    assert_equal(violation, got=points, expected=expected, budget=of_rule(rule, problem), what=what, against=length)


def _assert_tensor(violation: type[Violation], got: object, what: str) -> None:
    __tracebackhide__ = True
    if not isinstance(got, Tensor):
        raise wrong_structure(violation, what, "a tensor", got)
