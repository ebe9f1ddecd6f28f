"""Where ids reach the output past a layer, completeness at the layer says nothing: a finding about the problem."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from hypothesis import find, settings

from reference.laws import LAWS
from reference.laws.completeness import layer_completeness, layer_delta
from reference.laws.value.attributions import layer_attribution
from reference.models.bert import TinyBert
from reference.models.deberta_v2 import TinyDebertaV2
from reference.models.gpt2 import TinyGPT2
from reference.models.qwen2 import TinyQwen2
from reference.models.versions import LAYER_END
from reference.observing import Comparison, Event, observed
from reference.oracle.oracle import Oracle
from reference.oracle.quadrature import rule
from reference.problem import Call, Ids, Problem, Tokens
from reference.violation import NotApplicable, Severity
from strategies.domain import problems_for
from tests.subjects.textbook import Textbook

PADDED_BASELINE = Problem(
    model=TinyBert(hidden=5, variant="mask_from_ids"),
    data=Tokens(ids=((1, 2, 3),), baseline=((0, 2, 0),)),
    call=Call(n_steps=3),
)
"""The model hides PAD by itself, and only the baseline has PAD: the mask is a second path."""


def test_model_that_masks_pad_itself_has_a_second_path() -> None:
    oracle = Oracle.of(PADDED_BASELINE, rule("gausslegendre", 3))
    found = {str(place): oracle.second_path(place) for place in oracle.float64.layers_in_order}
    assert found["bert.embeddings"]
    last = f"bert.encoder.layer.0{LAYER_END}"
    assert not found[last], "the head reads one position, so the mask ends in the last layer"


def test_unmodified_model_has_no_second_path() -> None:
    plain = Problem(model=TinyBert(hidden=5), data=PADDED_BASELINE.data, call=PADDED_BASELINE.call)
    oracle = Oracle.of(plain, rule("gausslegendre", 3))
    assert not any(oracle.second_path(place) for place in oracle.float64.layers_in_order)


def test_completeness_is_asked_at_the_layers_that_all_paths_lead_through() -> None:
    asked: list[Event] = []
    with observed(asked.append):
        layer_completeness(PADDED_BASELINE, Textbook())
    assert [one.what for one in asked if isinstance(one, Comparison)] == [
        f"the completeness gap of LIG at bert.encoder.layer.0{LAYER_END}"
    ]


def test_completeness_does_not_apply_without_a_layer_on_all_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Oracle, "second_path", lambda oracle, place: True)
    with pytest.raises(NotApplicable, match="past every layer"):
        layer_completeness(PADDED_BASELINE, Textbook())


@pytest.mark.night
def test_second_paths_are_drawn() -> None:
    def hides_pad(problem: Problem) -> bool:
        oracle = Oracle.of(problem, rule("gausslegendre", 3))
        return problem.model.variant != "unmodified" and oracle.second_path(oracle.float64.layers_in_order[0])

    find(problems_for(LAWS["layer_completeness"]), hides_pad, settings=settings(max_examples=1000, database=None))


def test_value_and_delta_hold_on_a_second_path() -> None:
    layer_attribution(PADDED_BASELINE, Textbook())
    layer_delta(PADDED_BASELINE, Textbook())


EQUAL_TOKENS = Problem(model=TinyQwen2(), data=Tokens(ids=((2, 2),), baseline=((1, 1),)))
"""PAD's id is 2. A row of PAD alone is read at its first position, its embeddings at the last one."""


@pytest.mark.parametrize("exchanged", [False, True])
def test_equal_tokens_hide_no_second_path(exchanged: bool) -> None:
    """F of two equal tokens is the same at both positions. Its gradient is not."""
    data = EQUAL_TOKENS.data
    other = Tokens(ids=data.baseline, baseline=data.ids) if exchanged else data
    oracle = Oracle.of(Problem(model=TinyQwen2(), data=other), rule("gausslegendre", 1))
    for by_ids, by_embeddings in zip(oracle.ends(), oracle.input_ends(), strict=True):
        assert bool((by_ids - by_embeddings).abs() <= oracle.floor(by_ids.abs() + by_embeddings.abs()))
    assert not oracle.one_function()


def test_tokens_without_pad_have_one_function() -> None:
    oracle = Oracle.of(
        Problem(model=TinyQwen2(), data=Tokens(ids=((3, 3),), baseline=((1, 1),))), rule("gausslegendre", 1)
    )
    assert oracle.one_function()


def test_reversal_does_not_apply_to_rows_that_are_read_elsewhere() -> None:
    with pytest.raises(NotApplicable, match="second path"):
        LAWS["reversal"](EQUAL_TOKENS, Textbook())


@pytest.mark.parametrize(("mask", "applies"), [(((0, 1),), False), (((1, 0),), True)])
def test_padding_does_not_apply_if_a_masked_position_is_read(mask: Ids, applies: bool) -> None:
    """A masked position of a DeBERTa attends to all tokens alike, those after the row, too."""
    data = Tokens(ids=((0, 0),), baseline=((1, 1),), mask=mask)
    problem = Problem(model=TinyDebertaV2(), data=data, call=Call(n_steps=2))
    with nullcontext() if applies else pytest.raises(NotApplicable, match="the head reads a masked position"):
        LAWS["padding"](problem, Textbook())


class OneRowOfPositions(Textbook):
    """Captum with one step: positions that are the same for all examples have one row."""

    def lig(self, *arguments: Any, **options: Any) -> Any:
        parts = super().lig(*arguments, **options)
        if not isinstance(parts, list):
            return parts
        return [part if bool(part.any()) else part[:1] for part in parts]


def test_one_row_for_all_examples_has_a_wrong_shape() -> None:
    two = Problem(model=TinyGPT2(hidden=5), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,))))
    with pytest.raises(LAWS["joint_cover"].violation) as caught:
        LAWS["joint_cover"](two, OneRowOfPositions())
    assert caught.value.severity is Severity.WRONG_SHAPE
