"""captum#1096: which shapes the reference of a text may have.

That of the input, or one row of it for the whole batch. Captum refuses another number of rows by name; a reference of
another length it does not see: one fails in a subtraction, and a single token is not even an error. LIG embeds it
alone, at position 0, and has it stand in every place: other attributions, of which the delta says nothing. Repeat the
token, as `TokenReferenceBase` does.
"""

from __future__ import annotations

from dataclasses import replace

from captum.attr import LayerIntegratedGradients, TokenReferenceBase
from torch import Tensor

from reference.constraint import ENDS
from reference.laws.compared import on_cpu
from reference.violation import expect_error, result_or_error
from tests.upstream.answering import PAD, SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right

LAYER = "bert.embeddings"
ONE = replace(SENTENCE, data=replace(SENTENCE.data, baseline=((PAD,) * 6,)))
THREE = replace(ONE, data=replace(ONE.data, ids=ONE.data.ids * 3, baseline=ONE.data.baseline * 3))


def reference_of(length: int) -> Tensor:
    return TokenReferenceBase(reference_token_idx=PAD).generate_reference(length, device="cpu").unsqueeze(0)


def ask(ids: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
    model = model_of()
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.bert.embeddings)
    return lig.attribute(ids, reference, target=0, return_convergence_delta=True)


def test_one_row_is_the_reference_of_the_whole_batch() -> None:
    ids, _ = ids_of(THREE)
    assert_right(ask(ids, reference_of(6))[0], right(THREE, LAYER))


def test_another_number_of_rows_is_refused_by_name() -> None:
    ids, reference = ids_of(THREE)
    expect_error(NotAsAnswered, "two references of three texts", ENDS, lambda: ask(ids, reference[:2]))


def test_another_length_is_refused_by_a_subtraction() -> None:
    ids, _ = ids_of(ONE)
    with known_defect("unclear-one-baseline"):
        expect_error(NotAsAnswered, "a short reference", ENDS, lambda: ask(ids, reference_of(3)))


def test_single_token_stands_in_every_place_without_its_positions() -> None:
    ids, _ = ids_of(ONE)
    expected = right(ONE, LAYER)
    with known_defect("baseline-of-one-token"):
        what = "LIG with a (1, 1) reference"
        answer = result_or_error(NotAsAnswered, what, ENDS, lambda: ask(ids, reference_of(1)))
        if answer is not None:
            assert_right(answer[0], expected, what)
    attributions, delta = ask(ids, reference_of(1))
    at_position_0 = replace(ONE.data, positions=(tuple(range(6)),), baseline_positions=((0,) * 6,))
    assert_right(attributions, right(replace(ONE, data=at_position_0), LAYER), "LIG with every PAD at position 0")
    apart = (on_cpu(attributions) - expected.attribution).abs().amax((1, 2))
    assert bool((apart > delta.abs()).all()), "the delta tells"
