"""What encoders share: the heads that transformers gives each of them, and the layout of BERT's layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from packaging.version import Version
from torch import Tensor, nn

from reference.models.family import Head, Units, choices, first_of_choice, own_position

VERSION_5 = Version("5")
"""The first release whose encoders, all of them, give one tensor from each layer, and choose their attention."""

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "vocab": ("vocab_size",),
    "hidden": ("hidden_size",),
    "heads": ("num_attention_heads",),
    "layers": ("num_hidden_layers",),
    "intermediate": ("intermediate_size",),
    "activation": ("hidden_act",),
    "types": ("type_vocab_size",),
    "labels": ("num_labels",),
    "eps": ("layer_norm_eps",),
    "hidden_dropout": ("hidden_dropout_prob",),
    "attention_dropout": ("attention_probs_dropout_prob",),
}
"""The fields of the spec in the configs of BERT's kin."""

SUBMODULES = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm:input",
    "attention.output",
    "intermediate",
    "intermediate.dense:input",
    "output.dense",
    "output.LayerNorm:input",
    "output.LayerNorm",
)
"""Modules inside a layer of BERT's kin that give one tensor, and get one where `:input` says so."""

UNITS = Units(
    projections=("attention.self.query", "attention.self.key", "attention.self.value"),
    attention_output="attention.output.dense",
    intermediate=("intermediate.dense",),
    output="output.dense",
)

WORDS, POSITIONS, TYPES = (f"embeddings.{name}_embeddings" for name in ("word", "position", "token_type"))


def encoder_heads(
    stem: str, *, sequence: tuple[str, ...], masked: tuple[str, ...], choice: tuple[str, ...] = ()
) -> dict[str, Head]:
    """The heads of `<stem>For…`; the arguments name their own layers. No multiple choice if `choice` is empty."""
    answer: dict[str, Any] = {"model_class": f"{stem}ForQuestionAnswering", "reads": own_position, "labels": 2}
    heads = {
        "sequence": Head(model_class=f"{stem}ForSequenceClassification", ends=sequence),
        "token": Head(
            model_class=f"{stem}ForTokenClassification",
            shape=lambda spec, length: (length, spec.labels),
            ends=("classifier:input",),
            reads=own_position,
        ),
        "answer_start": Head(output="start_logits", shape=lambda spec, length: (length,), **answer),
        "answer_end": Head(output="end_logits", shape=lambda spec, length: (length,), **answer),
        "masked": Head(
            model_class=f"{stem}ForMaskedLM",
            shape=lambda spec, length: (length, spec.vocab),
            ends=masked,
            reads=own_position,
        ),
        "hidden": Head(
            model_class=f"{stem}Model",
            output="last_hidden_state",
            shape=lambda spec, length: (length, spec.hidden),
            reads=own_position,
            bare=True,
        ),
    }
    if choice:
        heads["choice"] = Head(
            model_class=f"{stem}ForMultipleChoice",
            shape=lambda spec, length: (choices(length),),
            reads=first_of_choice,
            ends=choice,
            labels=2,
            rows=choices,
        )
    return heads


def embedded(*names: str) -> Callable[[nn.Module, Tensor, Mapping[str, Any]], Tensor]:
    """The map from word embeddings to the output of `embeddings`, which takes these arguments."""

    def embed(bare: nn.Module, words: Tensor, arguments: Mapping[str, Any]) -> Tensor:
        given = {name: arguments.get(name) for name in names}
        output: Tensor = bare.get_submodule("embeddings")(inputs_embeds=words, **given)
        return output

    return embed
