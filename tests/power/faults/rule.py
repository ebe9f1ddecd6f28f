"""Faults in the rule: its nodes, its weights, the method that is the default."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from unittest import mock

from torch import Tensor

from reference.problem import Call, Problem
from tests.power.faults.fault import CAPTUM, Fault, Plant
from tests.subjects.textbook import integrated_gradients, layers

RULE = integrated_gradients.rule


def following(
    change: Callable[[str, Tensor, Tensor], tuple[Tensor, Tensor]],
) -> Plant:
    """Plants a fault: nodes and weights are replaced by `change(method, nodes, weights)`."""

    def rule(method: str, n_steps: int) -> tuple[Tensor, Tensor]:
        return change(method, *RULE(method, n_steps))

    return lambda: mock.patch.object(integrated_gradients, "rule", rule)


def trapezoid_over_n(method: str, nodes: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Trapezoid weights 1/n: they sum to (n − 1)/n."""
    n = len(nodes)
    return (nodes, weights * (n - 1) / n) if method == "riemann_trapezoid" else (nodes, weights)


def nodes_one_step_late(method: str, nodes: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Off by one: node k is taken at k + 1."""
    return nodes + 1 / len(nodes), weights


def in_float32(method: str, nodes: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Weights rounded to float32 inside a float64 computation."""
    return nodes, weights.float().double()


def another_method_at_layers() -> AbstractContextManager[Any]:
    """LIG's default method is not IG's."""
    return mock.patch.dict(layers.layer_integrated_gradients.__kwdefaults__, {"method": "riemann_trapezoid"})


FAULTS = (
    Fault(
        "trapezoid over n",
        "weights",
        f"{CAPTUM}/issues/1334",
        following(trapezoid_over_n),
        witness=Problem(call=Call(method="riemann_trapezoid", n_steps=2)),
    ),
    Fault(
        "nodes one step late",
        "nodes",
        "https://github.com/ankurtaly/Integrated-Gradients/pull/5",
        following(nodes_one_step_late),
        witness=Problem(),
    ),
    Fault("another method at layers", "defaults", f"{CAPTUM}/pull/217", another_method_at_layers, witness=Problem()),
    Fault(
        "float32 inside",
        "weights",
        "https://github.com/inseq-team/inseq/issues/156",
        following(in_float32),
        witness=Problem(call=Call(n_steps=3)),
    ),
)
