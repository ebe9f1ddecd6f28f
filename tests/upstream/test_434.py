"""captum#434: why LIG at the word embeddings of XLNet changes their shape.

LIG takes dimension 0 of a layer's output for the batch, and XLNet's is (length, batch, hidden). It is at fault: the
steps are laid end to end as one long text, which XLNet refuses, and a model that reads texts of any length gives wrong
numbers without a warning. Ask IG on `inputs_embeds`, or put a module where the batch comes first behind the embeddings
and ask LIG there: both are right.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from captum.attr import IntegratedGradients, LayerIntegratedGradients
from torch import Tensor, nn

from reference.constraint import LAYER
from reference.laws import LAWS
from reference.problem import Tokens
from reference.violation import Severity, result_or_error
from tests.upstream.answering import (
    CAPTUM,
    PAD,
    SENTENCE,
    NotAsAnswered,
    assert_right,
    ids_of,
    known_defect,
    model_of,
    right,
)
from tests.upstream.relatives import Relative

XLNET = replace(
    SENTENCE,
    model=Relative(
        name="XLNet", sizes=(("vocab_size", 12), ("d_model", 8), ("n_layer", 1), ("n_head", 2), ("d_inner", 16))
    ),
)


class BatchFirst(nn.Module):
    """An embedding whose rows pass `batch_first` with the batch in dimension 0."""

    def __init__(self, table: nn.Module) -> None:
        super().__init__()
        self.table = table
        self.batch_first = nn.Identity()

    def forward(self, ids: Tensor) -> Tensor:
        return self.batch_first(self.table(ids).transpose(0, 1)).transpose(0, 1)


def test_steps_laid_end_to_end_do_not_fit_xlnet() -> None:
    model = model_of(XLNET)
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.transformer.word_embedding)
    with known_defect("length-first", Severity.UNCLEAR_ERROR):
        result_or_error(NotAsAnswered, "LIG of XLNet", LAYER, lambda: lig.attribute(*ids_of(), target=0))


def test_steps_laid_end_to_end_give_wrong_numbers_where_they_fit() -> None:
    """A text of one token: its mask fits any length, where transformers make one."""
    model = replace(SENTENCE.model, variant="length_first")
    any_length = replace(SENTENCE, model=model, data=Tokens(ids=((5,),), baseline=((PAD,),)))
    with known_defect("length-first"):
        LAWS["length_first_output"](any_length, CAPTUM)


def test_embeddings_as_inputs_have_the_right_ones() -> None:
    model = model_of(XLNET)
    ig = IntegratedGradients(lambda embeddings: model(inputs_embeds=embeddings).logits)
    ends = (model.get_input_embeddings()(ids).detach() for ids in ids_of())
    assert_right(ig.attribute(*ends, target=0), right(XLNET))


def test_layer_with_the_batch_first_has_the_right_ones() -> None:
    model = model_of(XLNET)
    model.transformer.word_embedding = BatchFirst(model.transformer.word_embedding)
    lig = LayerIntegratedGradients(lambda ids: model(ids).logits, model.transformer.word_embedding.batch_first)
    assert_right(lig.attribute(*ids_of(), target=0), right(XLNET))


def test_xlnet_puts_the_batch_second() -> None:
    model = model_of(XLNET)
    seen: list[torch.Size] = []
    model.transformer.word_embedding.register_forward_hook(lambda module, args, output: seen.append(output.shape))
    model(ids_of()[0])
    assert seen == [(6, 1, 8)]
