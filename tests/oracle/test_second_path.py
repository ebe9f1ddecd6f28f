"""Where ids reach the output past a layer, completeness at the layer says nothing: a finding about the problem."""

from __future__ import annotations

import pytest

from reference.bert import TinyBert
from reference.laws.completeness import layer_completeness, layer_delta
from reference.laws.value import layer_attribution
from reference.oracle import Oracle
from reference.problem import Call, Problem, Tokens
from reference.quadrature import rule
from reference.violation import NotApplicable
from tests.subjects.textbook import Textbook

PADDED_BASELINE = Problem(
    model=TinyBert(hidden=5, variant="mask_from_ids"),
    data=Tokens(ids=((1, 2, 3),), baseline=((0, 2, 0),)),
    call=Call(n_steps=3),
)
"""The model hides PAD by itself, and only the baseline has PAD: the mask is a second path."""


def test_model_that_masks_pad_by_itself_has_a_second_path_past_its_embeddings() -> None:
    oracle = Oracle.of(PADDED_BASELINE, rule("gausslegendre", 3))
    found = {str(place): oracle.second_path(place) for place in oracle.wide.places}
    assert found["bert.embeddings"]
    assert not found["bert.encoder.layer.0"], "the head reads one position, so the mask ends in the last layer"


def test_plain_model_has_no_second_path() -> None:
    plain = Problem(model=TinyBert(hidden=5), data=PADDED_BASELINE.data, call=PADDED_BASELINE.call)
    oracle = Oracle.of(plain, rule("gausslegendre", 3))
    assert not any(oracle.second_path(place) for place in oracle.wide.places)


def test_completeness_is_not_blamed_for_a_second_path() -> None:
    with pytest.raises(NotApplicable, match="second path"):
        layer_completeness(PADDED_BASELINE, Textbook())


def test_value_and_delta_hold_on_a_second_path() -> None:
    layer_attribution(PADDED_BASELINE, Textbook())
    layer_delta(PADDED_BASELINE, Textbook())
