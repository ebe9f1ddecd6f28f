"""captum#245: why IG of one example runs out of memory.

Without `internal_batch_size` all n_steps go through the model in one batch. With it no batch is larger, whatever
n_steps is, and the attributions stay the same. Captum is at fault where it is smaller than the number of examples: it
is then raised to that, with a warning. Give such examples one at a time.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from captum.attr import IntegratedGradients
from torch import Tensor

from reference.problem import Problem
from reference.violation import Severity
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right

THREE = replace(SENTENCE, data=replace(SENTENCE.data, ids=SENTENCE.data.ids * 3, baseline=SENTENCE.data.baseline * 3))


def largest_batch(problem: Problem, internal_batch_size: int | None) -> int:
    """What the model is given at most; the attributions are the same."""
    model = model_of(problem)
    rows: list[int] = []

    def forward(embeddings: Tensor) -> Tensor:
        rows.append(len(embeddings))
        return model(inputs_embeds=embeddings).logits

    attributions = IntegratedGradients(forward).attribute(
        *(model.get_input_embeddings()(ids).detach() for ids in ids_of(problem)),
        target=0,
        n_steps=problem.call.n_steps,
        internal_batch_size=internal_batch_size,
    )
    assert_right(attributions, right(problem))
    return max(rows)


@pytest.mark.parametrize("n_steps", [50, 100])
def test_steps_go_through_the_model_at_once_unless_there_is_a_limit(n_steps: int) -> None:
    asked = SENTENCE.asking(n_steps=n_steps)
    assert largest_batch(asked, None) == n_steps
    assert largest_batch(asked, 8) == 8


def test_limit_below_the_number_of_examples_is_not_kept() -> None:
    with known_defect("rows-above-internal-batch-size"):
        largest = largest_batch(THREE, 2)
        if largest > 2:
            raise NotAsAnswered(f"internal_batch_size=2, and the model is given {largest} rows", Severity.WRONG_SHAPE)
