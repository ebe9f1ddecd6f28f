"""DistilBERT: no token types, no pooler, other names. Source: Sanh et al. 2019, https://arxiv.org/abs/1910.01108.

The heads "sequence" and "choice" have a fixed ReLU of one hidden layer, so F has kinks whatever the activation is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.version import Version
from torch import Tensor, nn

from reference.models.family import Family, Head, Units, choices, first_of_choice, own_position
from reference.models.tiny import TinyTransformer
from reference.models.versions import TRANSFORMERS

POSITIONS = Version("5") <= TRANSFORMERS
"""Whether it takes positions: transformers 4 counts them itself."""

RECTIFIED = ("pre_classifier", "classifier:input")


def embed(bare: nn.Module, words: Tensor, arguments: Mapping[str, Any]) -> Tensor:
    """The output of the embeddings for word embeddings: the argument's name differs by release, its place does not."""
    positions = (arguments.get("position_ids"),) if POSITIONS else ()
    output: Tensor = bare.get_submodule("embeddings")(None, words, *positions)
    return output


FAMILY = Family(
    name="distilbert",
    config_class="DistilBertConfig",
    settings={
        "vocab": ("vocab_size",),
        "hidden": ("dim",),
        "heads": ("n_heads",),
        "layers": ("n_layers",),
        "intermediate": ("hidden_dim",),
        "activation": ("activation",),
        "labels": ("num_labels",),
        "hidden_dropout": ("dropout", "qa_dropout", "seq_classif_dropout"),
        "attention_dropout": ("attention_dropout",),
    },
    heads={
        "sequence": Head(model_class="DistilBertForSequenceClassification", ends=RECTIFIED, smooth=False),
        "token": Head(
            model_class="DistilBertForTokenClassification",
            shape=lambda spec, length: (length, spec.labels),
            ends=("classifier:input",),
            reads=own_position,
        ),
        "answer_start": Head(
            model_class="DistilBertForQuestionAnswering",
            output="start_logits",
            shape=lambda spec, length: (length,),
            reads=own_position,
            labels=2,
        ),
        "answer_end": Head(
            model_class="DistilBertForQuestionAnswering",
            output="end_logits",
            shape=lambda spec, length: (length,),
            reads=own_position,
            labels=2,
        ),
        "masked": Head(
            model_class="DistilBertForMaskedLM",
            shape=lambda spec, length: (length, spec.vocab),
            ends=("vocab_transform", "vocab_layer_norm:input"),
            reads=own_position,
        ),
        "hidden": Head(
            model_class="DistilBertModel",
            output="last_hidden_state",
            shape=lambda spec, length: (length, spec.hidden),
            reads=own_position,
            bare=True,
        ),
        "choice": Head(
            model_class="DistilBertForMultipleChoice",
            shape=lambda spec, length: (choices(length),),
            reads=first_of_choice,
            ends=RECTIFIED,
            smooth=False,
            labels=2,
            rows=choices,
        ),
    },
    base="distilbert",
    embeddings="embeddings",
    tables=("embeddings.word_embeddings", "embeddings.position_embeddings"),
    norm="embeddings.LayerNorm",
    stage="embeddings.dropout",
    layers="transformer.layer",
    submodules=(
        "attention.q_lin",
        "attention.k_lin",
        "attention.v_lin",
        "attention.out_lin",
        "sa_layer_norm:input",
        "sa_layer_norm",
        "ffn",
        "ffn.lin1:input",
        "ffn.lin2",
        "output_layer_norm:input",
        "output_layer_norm",
    ),
    checkpointed="attention.out_lin",
    units=Units(
        projections=("attention.q_lin", "attention.k_lin", "attention.v_lin"),
        attention_output="attention.out_lin",
        intermediate=("ffn.lin1",),
        output="ffn.lin2",
    ),
    arguments=("attention_mask", "position_ids") if POSITIONS else ("attention_mask",),
    ready=frozenset({"position_ids"}),
    embed=embed,
    attentions=("eager", "sdpa") if Version("4.46") <= TRANSFORMERS else ("eager",),
    second_path="none: only the variant mask_from_ids derives its mask from the ids",
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyDistilBert(TinyTransformer):
    """A random DistilBERT; `types` and `eps` keep their defaults."""

    family = FAMILY
