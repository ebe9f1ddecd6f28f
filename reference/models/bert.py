"""BERT. Source: Devlin et al. 2019, https://arxiv.org/abs/1810.04805."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from reference.models.encoder import SETTINGS
from reference.models.family import Family, Head, Units, choices, first_of_choice, own_position
from reference.models.tiny import TinyTransformer
from reference.models.versions import ATTENTIONS, LAYER_END

POOLED = ("bert.pooler", "bert.pooler.dense", "classifier:input")


def embed(bare: nn.Module, words: Tensor, arguments: Mapping[str, Any]) -> Tensor:
    """The output of BertEmbeddings for word embeddings."""
    types, positions = arguments.get("token_type_ids"), arguments.get("position_ids")
    output: Tensor = bare.get_submodule("embeddings")(inputs_embeds=words, token_type_ids=types, position_ids=positions)
    return output


FAMILY = Family(
    name="bert",
    config_class="BertConfig",
    settings=SETTINGS,
    heads={
        "sequence": Head(model_class="BertForSequenceClassification", ends=POOLED),
        "token": Head(
            model_class="BertForTokenClassification",
            shape=lambda spec, length: (length, spec.labels),
            ends=("classifier:input",),
            reads=own_position,
        ),
        "answer_start": Head(
            model_class="BertForQuestionAnswering",
            output="start_logits",
            shape=lambda spec, length: (length,),
            reads=own_position,
            labels=2,
        ),
        "answer_end": Head(
            model_class="BertForQuestionAnswering",
            output="end_logits",
            shape=lambda spec, length: (length,),
            reads=own_position,
            labels=2,
        ),
        "masked": Head(
            model_class="BertForMaskedLM",
            shape=lambda spec, length: (length, spec.vocab),
            ends=("cls.predictions.transform",),
            reads=own_position,
        ),
        "next": Head(
            model_class="BertForNextSentencePrediction", shape=lambda spec, length: (2,), ends=("bert.pooler",)
        ),
        "pooled": Head(
            model_class="BertModel", output="pooler_output", shape=lambda spec, length: (spec.hidden,), bare=True
        ),
        "hidden": Head(
            model_class="BertModel",
            output="last_hidden_state",
            shape=lambda spec, length: (length, spec.hidden),
            reads=own_position,
            bare=True,
        ),
        "choice": Head(
            model_class="BertForMultipleChoice",
            shape=lambda spec, length: (choices(length),),
            reads=first_of_choice,
            ends=POOLED,
            labels=2,
            rows=choices,
        ),
    },
    base="bert",
    embeddings="embeddings",
    tables=("embeddings.word_embeddings", "embeddings.position_embeddings", "embeddings.token_type_embeddings"),
    norm="embeddings.LayerNorm",
    stage="embeddings.dropout",
    layers="encoder.layer",
    layer_end=LAYER_END,
    submodules=(
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
    ),
    checkpointed="attention.output",
    units=Units(
        projections=("attention.self.query", "attention.self.key", "attention.self.value"),
        attention_output="attention.output.dense",
        intermediate=("intermediate.dense",),
        output="output.dense",
    ),
    arguments=("attention_mask", "token_type_ids", "position_ids"),
    embed=embed,
    attentions=ATTENTIONS,
    pooler="pooler",
    numpy_twin="reference.oracle.numpy.bert",
    second_path="none: only the variant mask_from_ids derives its mask from the ids",
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyBert(TinyTransformer):
    """A random BERT."""

    family = FAMILY
