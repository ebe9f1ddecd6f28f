"""captum#389, captum#612, captum#634: whether one call can attribute several targets of one text.

Not in one row, for F is one number per example: repeat the text, and give each row a target. A target is a class, or
(token, class) where the head has an output per token; each row then is what a call for its target would give. Where
the sum of several outputs is meant, let the forward return it: its attributions are the sum of theirs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from reference.oracle.budget import assert_equal
from reference.problem import Problem
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, model_of, right

LAYER = "bert.embeddings"
ENTITIES = replace(SENTENCE, model=replace(SENTENCE.model, head="token"))


def ask(problem: Problem, inputs: Tensor, baselines: Tensor, target: Any, total: bool = False) -> Tensor:
    model = model_of(problem)

    def forward(ids: Tensor) -> Tensor:
        logits = model(ids).logits
        return logits.sum(1) if total else logits

    return LayerIntegratedGradients(forward, model.bert.embeddings).attribute(inputs, baselines, target=target)


@pytest.mark.parametrize(
    ("problem", "targets"),
    [(SENTENCE, [0, 1]), (ENTITIES, [(1, 0), (2, 1), (4, 0)])],
    ids=["classes", "a class for each token"],
)
def test_each_row_of_a_repeated_text_has_its_own_target(problem: Problem, targets: list[Any]) -> None:
    ids, reference = (ids.expand(len(targets), -1) for ids in ids_of(problem))
    attributions = ask(problem, ids, reference, target=targets)
    for row, target in zip(attributions, targets, strict=True):
        assert_right(row.unsqueeze(0), right(problem.asking(target=target), LAYER), f"target {target}")


def test_attributions_of_a_sum_are_the_sum_of_attributions() -> None:
    first, second = (right(SENTENCE.asking(target=label), LAYER) for label in (0, 1))
    assert_equal(
        NotAsAnswered,
        got=ask(SENTENCE, *ids_of(), target=None, total=True),
        expected=first.attribution + second.attribution,
        budget=first.elements + second.elements,
        what="LIG of both logits' sum",
    )
