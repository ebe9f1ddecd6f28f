"""captum#1199: whether IG supports automatic mixed precision.

Yes, with autocast around the model's forward, but its delta is then rounding. The attributions are as near to those of
float32 as the rounding of the model lets them be. The delta compares them with two rounded values of F, which are off
by far more than the rule is: judge n_steps in float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from reference.laws.compared import on_cpu
from reference.oracle.path_integral import totals
from tests.upstream.answering import SENTENCE, assert_right, assert_right_delta, ids_of, model_of, oracle, right

ASKED = SENTENCE.asking(dtype="float32")


def in_autocast(forward: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def amp_forward(*arguments: Any) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return forward(*arguments)

    return amp_forward


def ask(around: Callable[[Callable[..., Tensor]], Callable[..., Tensor]]) -> tuple[Tensor, Tensor]:
    model = model_of(ASKED)
    forward = around(lambda embeddings: model(inputs_embeds=embeddings).logits)
    ends = (model.get_input_embeddings()(ids).detach() for ids in ids_of())
    return IntegratedGradients(forward).attribute(*ends, target=0, return_convergence_delta=True)


def test_attributions_under_autocast_are_right_to_its_rounding() -> None:
    """The oracle's float32 twin runs under autocast, too: what that moves is the budget."""
    attributions, _ = ask(in_autocast)
    rounded = oracle(ASKED).entering(lambda entry: replace(entry, forward=in_autocast(entry.forward)))
    expected = rounded.ig()
    assert_right(attributions, expected)
    assert bool((expected.elements.value < expected.attribution.abs().amax((1, 2))).all()), "no budget at all"


def test_delta_under_autocast_is_rounding() -> None:
    expected = right(ASKED)
    assert_right_delta(ask(lambda forward: forward)[1], expected, "IG in float32")
    error_of_rule = totals(expected.attribution) - expected.change
    apart = on_cpu(ask(in_autocast)[1]) - error_of_rule
    assert bool((apart.abs() > expected.gap.value + error_of_rule.abs()).all())
