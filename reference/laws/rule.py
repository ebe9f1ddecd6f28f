"""Group *rule*: the nodes and weights of a subject, read off without a model.

A forward whose backward notes the points it is differentiated at shows the nodes; a gradient that is 1 at a single
node, another in each feature, shows all weights in the same call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor

from reference.laws.integrand import integrand
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_equal, floor
from reference.oracle.quadrature import Rule
from reference.problem import Problem
from reference.subject import Subject, capabilities, check_offered, defaults_of, rule_of
from reference.violation import Violation, called, wrong_structure

QUADRATURE = "Davis and Rabinowitz, Methods of Numerical Integration, 2.1 and 2.7"


class WrongNodes(Violation):
    """The gradient is taken at other points than the rule's nodes."""


class WrongWeights(Violation):
    """The gradients are summed with other weights than the rule's."""


class WrongDefaults(Violation):
    """What is left out of a call is not 50 steps of gausslegendre, or what the subject declares."""


@law(group="rule", violation=WrongNodes, needs={"ig"}, domain="rule", source=QUADRATURE)
def nodes(problem: Problem, subject: Subject) -> None:
    """The gradient is taken exactly at x' + α_k Δ, k = 1 … n_steps, once each, by IG and by LIG."""
    for what, rule, met, _ in _read(WrongNodes, problem, subject, _given(problem, subject)):
        _assert_nodes(WrongNodes, met, rule, problem, f"nodes of {what}, ascending")


@law(group="rule", violation=WrongWeights, needs={"ig"}, domain="rule", source=QUADRATURE)
def weights(problem: Problem, subject: Subject) -> None:
    """A gradient that is 1 at node k and 0 at the others has the attribution w_k, by IG and by LIG."""
    for what, rule, _, got in _read(WrongWeights, problem, subject, _given(problem, subject)):
        _assert_weights(WrongWeights, got, rule, problem, f"weights of {what}")


@law(
    group="rule",
    violation=WrongDefaults,
    needs={"ig"},
    domain="short_rules",
    source="https://captum.ai/api/integrated_gradients.html",
)
def defaults(problem: Problem, subject: Subject) -> None:
    """Without n_steps, IG and LIG follow the rule of 50 nodes; without method, gausslegendre; or what they declare."""
    given: dict[str, Any]
    for given in ({"method": problem.call.method}, {"n_steps": problem.call.n_steps}, {}):
        for what, rule, met, got in _read(WrongDefaults, problem, subject, given):
            _assert_nodes(WrongDefaults, met, rule, problem, f"nodes of {what} with {given} alone")
            _assert_weights(WrongDefaults, got, rule, problem, f"weights of {what} with {given} alone")


def _given(problem: Problem, subject: Subject) -> dict[str, Any]:
    """The method and the n_steps of the call, unless it leaves them out."""
    call = problem.call
    left_out = call.form.n_steps == "left out"
    given = {} if left_out and call.method == defaults_of(subject)["method"] else {"method": call.method}
    return given if left_out else {**given, "n_steps": call.n_steps}


def _read(
    violation: type[Violation], problem: Problem, subject: Any, given: dict[str, Any]
) -> Iterator[tuple[str, Rule, list[Tensor], Tensor]]:
    """For `ig`, and for `lig` at an identity: its name, the rule, the nodes that it visits, what it returns.

    It is called from 0 to 1 in one feature for each node, so x' + αΔ = α.
    """
    check_offered(subject, given)
    whole = {**defaults_of(subject), **given}
    rule = rule_of(subject, whole["method"], whole["n_steps"])
    ones = torch.ones(1, len(rule), dtype=problem.dtype, device=subject.device)
    exact = torch.tensor(rule.nodes, dtype=torch.float64, device=subject.device)

    def slope(points: Tensor) -> Tensor:
        nearest = (points[:, :1].double() - exact).abs().argmin(1)
        return (nearest.unsqueeze(1) == torch.arange(len(rule), device=points.device)).to(points.dtype)

    for name in sorted(capabilities(subject) & {"ig", "lig"}):
        met: list[Tensor] = []
        call = partial(_call, subject, name, integrand(slope, met), ones, given)
        what = f"{name} of a bare integrand with {given}"
        got = called(violation, what, call)
        if not isinstance(got, Tensor):
            raise wrong_structure(violation, what, "a tensor", got)
        yield name, rule, met, got


def _call(subject: Any, name: str, forward: Callable[[Tensor], Tensor], x: Tensor, given: dict[str, Any]) -> Any:
    """What `ig`, or `lig` at an identity, returns from 0 to x."""
    if name == "ig":
        return subject.ig(forward, x, torch.zeros_like(x), **given)
    layer = torch.nn.Identity()
    return subject.lig(lambda points: forward(layer(points)), layer, x, torch.zeros_like(x), **given)


def of_rule(rule: Rule, problem: Problem) -> Budget:
    """4 ulps of 1, and one for each step of the three-term recurrence behind Gauss–Legendre's nodes."""
    one = torch.ones(1)
    recurrence = torch.finfo(problem.dtype).eps * len(rule) * one.double()
    return Budget(floor(one, problem.dtype) + recurrence, "one rounding for each step of a recurrence")


def _assert_nodes(violation: type[Violation], met: list[Tensor], rule: Rule, problem: Problem, what: str) -> None:
    """The gradient was taken at the rule's nodes."""
    __tracebackhide__ = True
    if not met:
        raise violation(f"{what}: the gradient of the forward was never taken")
    points = torch.cat(met)[:, 0].sort().values.unsqueeze(0)
    expected = torch.tensor([sorted(rule.nodes)], dtype=torch.float64)
    length = torch.ones(1)
    assert_equal(violation, got=points, expected=expected, budget=of_rule(rule, problem), what=what, against=length)


def _assert_weights(violation: type[Violation], got: Tensor, rule: Rule, problem: Problem, what: str) -> None:
    """The attribution of each feature is the weight of its node."""
    __tracebackhide__ = True
    expected = torch.tensor([rule.weights], dtype=torch.float64)
    assert_equal(violation, got=got, expected=expected, budget=of_rule(rule, problem), what=what)
