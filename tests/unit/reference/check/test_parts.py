"""Several inputs or layers: numbers that were made with a path for each of them, or with one baseline too few."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from reference.check import CheckResult, check_layer_integrated_gradients
from tests.subjects.textbook import Textbook
from tests.tools.mistakes import checked
from tests.unit.reference.check.cases import TARGET, Halves, case


def names(result: CheckResult) -> set[str]:
    return {mistake.name for mistake in result.mistakes}


def halved(seed: int) -> Halves:
    """A call with two inputs."""
    return Halves(**vars(case("bert", seed)))


def test_right_numbers_of_two_inputs_have_no_mistake() -> None:
    given = halved(1)
    result = checked(given, given.numbers())
    assert result.right, result
    assert not result.mistakes


def test_one_zero_baseline_of_two_is_named() -> None:
    given = halved(1)
    first, second = given.ends()[1]
    result = checked(given, given.numbers(baselines=(first, torch.zeros_like(second))))
    assert [str(mistake) for mistake in result.mistakes] == ["baseline forgotten: baselines[1] is zero"]


def test_layers_that_were_attributed_one_by_one_are_named() -> None:
    given = case("bert", 1)
    embeddings = given.model.bert.embeddings
    layers = [embeddings.word_embeddings, embeddings.position_embeddings]

    def forward(ids: Tensor) -> Tensor:
        logits: Tensor = given.model(input_ids=ids, position_ids=ids.flip(1) % 7).logits
        return logits

    how: dict[str, Any] = {"target": TARGET, "n_steps": 10}
    apart = tuple(Textbook.lig(forward, layer, given.ids, given.baseline_ids, **how) for layer in layers)
    result = check_layer_integrated_gradients(forward, layers, given.ids, given.baseline_ids, apart, **how)
    assert "one by one" in names(result), result
