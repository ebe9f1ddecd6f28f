"""captum#1334: whether it is normal that the delta of LIG grows with n_steps.

It can be: few steps can be right by luck. The delta is the error of a quadrature rule, which changes its sign on the
way, so its size does not fall from each n_steps to the next; at every n_steps it must be the rule's own error for this
model, and is. Where it stops falling says more: since 0.8 captum rounds Gauss–Legendre's weights to float32, and with
method="riemann_trapezoid" the weights sum to (n − 1)/n, so that 1/n of the change of F is missing.
"""

from __future__ import annotations

from typing import Any

from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.built_problem import Layer
from reference.oracle.oracle import Oracle
from reference.oracle.quadrature import rule
from tests.upstream.answering import SENTENCE, assert_right, assert_right_delta, ids_of, known_defect, model_of, right

LAYER = "bert.embeddings"


def as_reported(**how: Any) -> tuple[Tensor, Tensor]:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.bert.embeddings)
    return lig.attribute(*ids_of(), target=0, return_convergence_delta=True, **how)


def test_delta_is_the_rules_error_and_may_grow_with_n_steps() -> None:
    deltas, budgets = [], []
    for n_steps in range(1, 9):
        attribution, delta = as_reported(n_steps=n_steps)
        expected = right(SENTENCE.asking(n_steps=n_steps), LAYER)
        assert_right(attribution, expected)
        assert_right_delta(delta, expected)
        deltas.append(float(delta))
        budgets.append(float(expected.gap.value))
    grown = [abs(deltas[n]) - abs(deltas[n - 1]) > budgets[n] + budgets[n - 1] for n in range(1, len(deltas))]
    assert any(grown)
    assert not all(grown)
    assert min(deltas) < 0 < max(deltas)


def test_weights_rounded_to_float32_are_where_it_stops() -> None:
    _, delta = as_reported(n_steps=50)
    answers = Oracle.of(SENTENCE, rule("gausslegendre", 50))
    with known_defect("float32-weights"):
        assert_right_delta(delta, answers.lig(Layer(LAYER)), "50 Gauss–Legendre steps")


def test_trapezoid_misses_one_part_in_n() -> None:
    asked = SENTENCE.asking(method="riemann_trapezoid", n_steps=20)
    attribution, _ = as_reported(method="riemann_trapezoid", n_steps=20)
    answers = Oracle.of(asked, rule("riemann_trapezoid", 20))
    with known_defect("trapezoid-weights"):
        assert_right(attribution, answers.lig(Layer(LAYER)), "the trapezoid")
    assert_right(attribution, right(asked, LAYER), "19/20 of the trapezoid")
