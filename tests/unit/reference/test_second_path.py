"""Where ids reach the output past a layer, completeness at the layer says nothing: a finding about the problem."""

from __future__ import annotations

import pytest
from hypothesis import find, settings

from reference.laws import LAWS
from reference.laws.completeness import layer_completeness, layer_delta
from reference.laws.value.attributions import layer_attribution
from reference.models.bert import TinyBert
from reference.models.versions import LAYER_END
from reference.observing import Comparison, Event, observed
from reference.oracle.oracle import Oracle
from reference.oracle.quadrature import rule
from reference.problem import Call, Problem, Tokens
from reference.violation import NotApplicable
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


def test_second_paths_are_drawn() -> None:
    def hides_pad(problem: Problem) -> bool:
        oracle = Oracle.of(problem, rule("gausslegendre", 3))
        return problem.model.variant != "unmodified" and oracle.second_path(oracle.float64.layers_in_order[0])

    find(problems_for(LAWS["layer_completeness"]), hides_pad, settings=settings(max_examples=1000, database=None))


def test_value_and_delta_hold_on_a_second_path() -> None:
    layer_attribution(PADDED_BASELINE, Textbook())
    layer_delta(PADDED_BASELINE, Textbook())
