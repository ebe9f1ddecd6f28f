"""captum#453: why one call of LIG runs the model five times.

Twice for the layer at both ends, once for all steps, and with the delta twice more, for F(x) and F(x'). The steps are
one batch of n_steps rows for each example. With `internal_batch_size` they come in several, of at most that many rows;
the attributions are the same.
"""

from __future__ import annotations

from typing import Any

import pytest
from captum.attr import LayerIntegratedGradients
from torch import Tensor

from tests.upstream.answering import SENTENCE, assert_right, ids_of, model_of, right


@pytest.mark.parametrize(
    ("how", "rows"),
    [
        ({}, [1, 1, 50]),
        ({"return_convergence_delta": True}, [1, 1, 50, 1, 1]),
        ({"internal_batch_size": 20}, [1, 1, 20, 20, 10]),
    ],
    ids=["plain", "with delta", "in chunks"],
)
def test_forward_runs_for_the_layer_the_steps_and_the_delta(how: dict[str, Any], rows: list[int]) -> None:
    model = model_of()
    seen: list[int] = []

    def forward(ids: Tensor) -> Tensor:
        seen.append(len(ids))
        return model(ids).logits

    answer = LayerIntegratedGradients(forward, model.bert.embeddings).attribute(*ids_of(), target=0, **how)
    assert seen == rows
    assert_right(answer[0] if isinstance(answer, tuple) else answer, right(SENTENCE, "bert.embeddings"))
