"""The rules that Captum follows in place of the right ones: what it makes of nodes and weights.

Scripts take this file as it is: it needs torch and the right rule, nothing else.
"""

from __future__ import annotations

import torch

from reference.oracle.quadrature import Rule


def _float32(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(torch.tensor(values, dtype=torch.float32).double().tolist())


def riemann_weights_in_float32(right: Rule, method: str) -> Rule:
    return right if method == "gausslegendre" else Rule(right.nodes, _float32(right.weights))


def weights_in_float32(right: Rule, method: str) -> Rule:
    return Rule(right.nodes, _float32(right.weights))


def nodes_from_float32_linspace(right: Rule, method: str) -> Rule:
    if method == "gausslegendre":
        return right
    nodes = torch.linspace(right.nodes[0], right.nodes[-1], len(right), dtype=torch.float32)
    return Rule(tuple(nodes.double().tolist()), right.weights)


def trapezoid_over_n(right: Rule, method: str) -> Rule:
    if method != "riemann_trapezoid":
        return right
    n = len(right)
    return Rule(right.nodes, (0.5 / n, *(1 / n,) * (n - 2), 0.5 / n))
