"""Each mistake is named if it was made, and none if none was. `python -m tests.tools.mistakes` counts many tries."""

from __future__ import annotations

import pytest
import torch

from reference.check import Verdict
from reference.check.mistakes import HYPOTHESES, Given
from reference.check.mistakes import given as given_numbers
from reference.check.mistakes import mistake as search
from reference.models.families import FAMILIES as DESCRIBED
from tests.plugin.night import some
from tests.subjects.captum.adapter import Captum
from tests.tools.mistakes import checked, recognised
from tests.unit.installed import skip_if
from tests.unit.reference.check.cases import DECODERS, FAMILIES, case
from tests.unit.reference.check.planted import PLANTED, noise, of_mistake

REMARKS = {"float32 weights", "wrong additional argument"}
"""float32 weights are a remark; another argument is what a wrong mask is if there is no model."""


def test_every_hypothesis_has_planted_numbers() -> None:
    assert {one.name for one in HYPOTHESES} - REMARKS == set(PLANTED)


@pytest.mark.parametrize("name", some(PLANTED, every=6))
def test_planted_mistake_is_named(name: str) -> None:
    outcomes = (recognised(name, "bert", seed, torch.float32) for seed in range(9))
    assert next(outcome for outcome in outcomes if outcome is not None)


@pytest.mark.parametrize(
    "name", some(["x for Δ", "softmax for logit", "another method or n_steps", "left for right"], every=4)
)
def test_mistake_in_numbers_with_float32_weights_is_named(name: str) -> None:
    outcomes = (recognised(name, "bert", seed, torch.float64, Captum()) for seed in range(9))
    assert next(outcome for outcome in outcomes if outcome is not None)


@pytest.mark.parametrize("name", some(["constant factor", "x for Δ", "wrong target"]))
@pytest.mark.parametrize("stored", [torch.bfloat16, torch.float16], ids=str)
def test_mistake_in_numbers_that_were_rounded_to_16_bits_is_named(name: str, stored: torch.dtype) -> None:
    given, numbers = of_mistake(name, "bert", 3, torch.float32)
    assert name in {mistake.name for mistake in checked(given, numbers.to(stored)).mistakes}


@pytest.mark.parametrize("seed", [0, 3])
def test_another_baseline_is_named_even_if_the_total_is_far_from_its_change(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On trained weights, 20 steps from PAD may miss half of the change of F."""
    monkeypatch.setattr(Given, "from_the_total", lambda self, call: 0.0)
    monkeypatch.setattr(given_numbers, "LOOSE", -1.0)
    assert recognised("another baseline", "bert", seed, torch.float32)


@pytest.mark.parametrize("name", some(["wrong target", "softmax for logit", "the other space", "wrong mask"], every=4))
def test_mistake_is_named_even_if_no_total_is_near_its_change_of_f(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a trained ALBERT, 20 steps may miss the change of F by ten times its size."""
    monkeypatch.setattr(given_numbers, "LOOSE", -1.0)
    outcomes = (recognised(name, "bert", seed, torch.float32) for seed in range(9))
    assert next(outcome for outcome in outcomes if outcome is not None)


def test_mistake_that_there_is_no_time_for_is_said_to_be_untested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SECONDS", 0.0)
    result = checked(*of_mistake("wrong target", "bert", 1, torch.float32))
    assert result.verdict is Verdict.WRONG
    assert not result.mistakes
    late = next(words for words in result.untested if words.endswith(": need more time, or fewer tokens or steps"))
    assert "wrong target" in late


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_no_mistake_is_named_on_right_numbers(family: str, dtype: torch.dtype) -> None:
    if family in DECODERS:  # before, ids and inputs_embeds of a padded row are two functions
        skip_if(DESCRIBED[family].missing)
    given = case(family, 1, dtype=dtype)
    result = checked(given, given.numbers())
    assert result.verdict in (Verdict.RIGHT, Verdict.NOT_CONVERGED), result
    assert result.mistakes == ()


@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0])
def test_no_mistake_is_named_on_noise(size: float) -> None:
    given = case("bert", 2)
    result = checked(given, noise(given, size))
    assert result.verdict is Verdict.WRONG
    assert result.mistakes == ()


def test_what_could_not_be_tested_is_said() -> None:
    given = case("bert", 3)
    x, baseline = given.ends()
    from reference.check import check_integrated_gradients

    forward = lambda embeddings: embeddings.tanh().flatten(1).sum(1)  # noqa: E731
    result = check_integrated_gradients(forward, x, baseline, x)
    assert any(line.startswith("wrong mask: needs model=") for line in result.untested)
    assert any("model(ids): needs model= and ids=" in line for line in result.untested)
