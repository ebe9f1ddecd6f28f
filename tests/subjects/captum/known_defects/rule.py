"""Captum's rules: which nodes and weights it takes in place of the right ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from packaging.version import Version

from reference.oracle.quadrature import Rule
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects import checkout
from tests.subjects.known_defect import EVERY_LAW, UNREPORTED, KnownDefect


def _float32(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(torch.tensor(values, dtype=torch.float32).double().tolist())


def riemann_weights_in_float32(right: Rule, method: str) -> Rule:
    """Before 0.8 they have torch's default dtype, which the user may have set to float64."""
    exact = torch.get_default_dtype() == torch.float64 and Version(checkout.version("captum")) < Version("0.8")
    return right if exact or method == "gausslegendre" else Rule(right.nodes, _float32(right.weights))


def weights_in_float32(right: Rule, method: str) -> Rule:
    """NumPy's weights, which Captum rounds: with 1,000 nodes, some right ones are rounded to another neighbour."""
    weights = right.weights
    if method == "gausslegendre":
        weights = tuple((np.polynomial.legendre.leggauss(len(right))[1] / 2).tolist())
    return replace(right, weights=_float32(weights))


def nodes_from_float32_linspace(right: Rule, method: str) -> Rule:
    """The linspace has torch's default dtype: float32, unless the user has set another."""
    if method == "gausslegendre":
        return right
    nodes = torch.linspace(right.nodes[0], right.nodes[-1], len(right), dtype=torch.get_default_dtype())
    return Rule(tuple(nodes.double().tolist()), right.weights)


def trapezoid_over_n(right: Rule, method: str) -> Rule:
    if method != "riemann_trapezoid":
        return right
    n = len(right)
    return Rule(right.nodes, (0.5 / n, *(1 / n,) * (n - 2), 0.5 / n))


def one_riemann_step(problem: Problem) -> bool:
    if problem.call.form.n_steps != "int":  # an error about n_steps in another form is allowed
        return False
    return problem.call.n_steps == 1 and problem.call.method.startswith("riemann")


RULE = (
    KnownDefect(
        id="trapezoid-weights",
        distribution="captum",
        versions=">=0.1",
        law="weights",
        effect="riemann_trapezoid weights sum to (n − 1)/n: attributions are too small by that factor",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="riemann_trapezoid", n_steps=2)),
        rule=trapezoid_over_n,
    ),
    KnownDefect(
        id="float32-weights",
        distribution="captum",
        versions=">=0.8",
        law="weights",
        effect="weights are rounded to float32 in a float64 model: attributions are off by 1e-8 of their size",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="gausslegendre", n_steps=3)),
        rule=weights_in_float32,
    ),
    KnownDefect(
        id="float32-riemann-weights",
        distribution="captum",
        versions=">=0.1",
        law="weights",
        effect="Riemann weights are rounded to float32 in a float64 model: attributions are off by 1e-8 of their size",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="riemann_left", n_steps=3)),
        rule=riemann_weights_in_float32,
    ),
    KnownDefect(
        id="float32-nodes",
        distribution="captum",
        versions=">=0.4.1",
        law="nodes",
        effect="Riemann nodes come from a float32 linspace in a float64 model: they are off by up to 6e-8",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="riemann_right", n_steps=3)),
        rule=nodes_from_float32_linspace,
    ),
    KnownDefect(
        id="one-riemann-step",
        distribution="captum",
        versions=">=0.1",
        law="nodes",
        laws=EVERY_LAW,
        spared=("defaults",),  # it gives the method or n_steps, not both
        effect="n_steps=1 is refused for the Riemann methods, of which only the trapezoid needs two nodes",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="riemann_left", n_steps=1)),
        affects=one_riemann_step,
    ),
)
