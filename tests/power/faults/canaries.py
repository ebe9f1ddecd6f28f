"""The canary: three faults. A run that does not detect all of them is inconclusive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from tests.power.faults.fault import Fault
from tests.subjects.textbook import integrated_gradients

RULE = integrated_gradients.rule
ATTRIBUTE = integrated_gradients.attribute


@contextmanager
def left_for_right() -> Iterator[None]:
    """The right Riemann rule walks the left rule's nodes."""

    def rule(method: str, n_steps: int) -> Any:
        return RULE("riemann_left" if method == "riemann_right" else method, n_steps)

    with mock.patch.object(integrated_gradients, "rule", rule):
        yield


@contextmanager
def input_for_difference() -> Iterator[None]:
    """The averaged gradient is multiplied by x instead of Δ = x − x'."""

    def attribute(F: Any, ends: Callable[[Tensor], Any], batch: int, steps: Any, rows: int) -> Any:
        averages, _ = ATTRIBUTE(F, ends, batch, steps, rows)
        x, _ = ends(torch.arange(batch))
        return averages, [average * value for average, value in zip(averages, x, strict=True)]

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def baseline_forgotten_at_the_layer() -> Iterator[None]:
    """The layer's path starts at zero, not at its value for the baseline."""

    def attribute(F: Any, ends: Callable[[Tensor], Any], batch: int, steps: Any, rows: int) -> Any:
        def from_zero(examples: Tensor) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
            x, baseline = ends(examples)
            return x, [torch.zeros_like(value) for value in baseline]

        return ATTRIBUTE(F, from_zero, batch, steps, rows)

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


CANARIES = (
    Fault(
        name="left for right",
        law="nodes",
        link="https://github.com/GoogleCloudPlatform/training-data-analyst/pull/1122",
        planted=left_for_right,
        witness=Problem(call=Call(method="riemann_right")),
    ),
    Fault(
        name="x for Δ",
        law="input_attribution",
        link="https://github.com/TianhongDai/integrated-gradient-pytorch/issues/3",
        planted=input_for_difference,
        witness=Problem(
            model=TinyBert(
                vocab=6, layers=2, intermediate=3, activation="gelu_fast", attention_dropout=0.1, head="answer_start"
            ),
            data=Tokens(ids=((0,), (0,), (0,)), baseline=((1,), (1,), (1,))),
            call=Call(method="riemann_right", dtype="float32"),
        ),
    ),
    Fault(
        name="baseline forgotten at the layer",
        law="layer_attribution",
        link="https://github.com/SeldonIO/alibi/issues/372",
        planted=baseline_forgotten_at_the_layer,
        witness=Problem(
            model=TinyBert(
                vocab=6,
                intermediate=6,
                activation="laplace",
                types=3,
                eps=0.01,
                hidden_dropout=0.1,
                attention_dropout=0.1,
                head="answer_end",
                weight_seed=1,
            ),
            data=Tokens(ids=((0, 0),), baseline=((2, 2),)),
        ),
    ),
)
"""The three faults that every run must detect."""
