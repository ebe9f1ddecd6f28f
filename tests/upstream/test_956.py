"""captum#956: whether masks should be interpolated along with the embeddings of their texts.

No: a mask has no path. Among IG's `inputs` it is a fraction at every step, a mask that no text has, and is attributed
something itself. Captum answers such a call, where an error is due. Pass masks among `additional_forward_args`. (That
LIG fails on the two texts is another matter, that of #794.)
"""

from __future__ import annotations

from dataclasses import replace

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from reference.constraint import INPUTS
from reference.violation import expect_error
from tests.upstream.answering import SENTENCE, NotAsAnswered, assert_right, ids_of, known_defect, model_of, right

TEXT = replace(SENTENCE, model=replace(SENTENCE.model, head="hidden"))
MASK = torch.ones(1, 6, dtype=torch.long)
MODEL = model_of(TEXT)


def pooled(embeddings: Tensor, mask: Tensor) -> Tensor:
    """The mean of the hidden states that the mask shows."""
    hidden = MODEL(inputs_embeds=embeddings).last_hidden_state
    return (hidden * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)


def ends() -> tuple[Tensor, ...]:
    return tuple(MODEL.get_input_embeddings()(ids).detach() for ids in ids_of(TEXT))


def test_mask_among_inputs_is_a_fraction_and_is_attributed() -> None:
    embeddings, reference = ends()
    seen: list[Tensor] = []

    def forward(embeddings: Tensor, mask: Tensor) -> Tensor:
        seen.append(mask.detach())
        return pooled(embeddings, mask)

    def ask() -> tuple[Tensor, Tensor]:
        inputs, baselines = (embeddings, MASK), (reference, torch.zeros_like(MASK))
        return IntegratedGradients(forward).attribute(inputs, baselines, target=0)

    with known_defect("mask-on-the-path"):
        expect_error(NotAsAnswered, "IG of embeddings and mask", INPUTS, ask)
    _, of_mask = ask()
    assert bool(((torch.cat(seen) > 0) & (torch.cat(seen) < 1)).all())
    assert of_mask.any()


def test_mask_beside_inputs_gives_the_right_ones() -> None:
    attributions = IntegratedGradients(pooled).attribute(*ends(), target=0, additional_forward_args=MASK)
    assert_right(attributions, right(TEXT, output=lambda hidden: hidden.mean(1)))
