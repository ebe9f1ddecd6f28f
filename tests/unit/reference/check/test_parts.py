"""Several inputs or layers: numbers that were made with a path for each of them, or with one baseline too few."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from reference.check import CheckResult, check_integrated_gradients, check_layer_integrated_gradients
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


@pytest.mark.parametrize("times", [1, 2], ids=["right", "doubled"])
def test_image_that_is_summed_beside_a_vector_is_judged(times: int) -> None:
    image, vector = torch.linspace(-1, 1, 24).reshape(2, 3, 2, 2), torch.linspace(0, 1, 4).reshape(2, 2)
    forward = lambda image, vector: image.pow(2).sum((1, 2, 3)) * vector.exp().sum(1)  # noqa: E731
    starts = (torch.zeros_like(image), torch.zeros_like(vector))
    of_image, of_vector = Textbook.ig(forward, (image, vector), starts, n_steps=9)
    numbers = (times * of_image.sum(1), times * of_vector)
    result = check_integrated_gradients(forward, (image, vector), starts, numbers, n_steps=9)
    assert result.right == (times == 1), result


def test_module_that_is_given_twice_is_refused() -> None:
    given = case("bert", 1)
    layer = given.model.bert.embeddings.word_embeddings
    with pytest.raises(ValueError, match="layer has the same module twice: name each module once"):
        check_layer_integrated_gradients(given.forward, [layer, layer], given.ids, given.baseline_ids, 0)


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
    assert result.why.startswith(("layer 0, example", "layer 1, example"))
