"""ALBERT: one layer for all, factorised embeddings. Source: Lan et al. 2020, https://arxiv.org/abs/1909.11942."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models import encoder
from reference.models.family import Family, Units
from reference.models.tiny import TinyTransformer

LAYER = "encoder.albert_layer_groups.0.albert_layers"

FAMILY = Family(
    name="albert",
    config_class="AlbertConfig",
    settings={
        **encoder.SETTINGS,
        "embedding": ("embedding_size",),
        "hidden_dropout": ("hidden_dropout_prob", "classifier_dropout_prob"),
    },
    heads=encoder.encoder_heads(
        "Albert",
        sequence=("albert.pooler", "classifier:input"),
        masked=("predictions.dense", "predictions.LayerNorm"),
        choice=("albert.pooler", "classifier:input"),
    ),
    base="albert",
    embeddings="embeddings",
    tables=(encoder.WORDS, encoder.POSITIONS, encoder.TYPES),
    norm="embeddings.LayerNorm",
    stage="embeddings.dropout",
    layers=LAYER,
    shared=True,
    submodules=(
        "attention.query",
        "attention.key",
        "attention.value",
        "attention.dense",
        "attention.LayerNorm:input",
        "ffn",
        "ffn_output",
        "full_layer_layer_norm:input",
        "full_layer_layer_norm",
    ),
    checkpointed="ffn_output",
    units=Units(
        projections=("attention.query", "attention.key", "attention.value"),
        attention_output="attention.dense",
        intermediate=("ffn",),
        output="ffn_output",
    ),
    arguments=("attention_mask", "token_type_ids", "position_ids"),
    embed=encoder.embedded("token_type_ids", "position_ids"),
    constants={"bos_token_id": 1, "eos_token_id": 2},
    options={"embedding": (3, 4, 5)},
    attentions=("eager", "sdpa"),
    pooler="pooler",
    second_path="none: only the variant mask_from_ids derives its mask from the ids",
    since=encoder.VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyAlbert(TinyTransformer):
    """A random ALBERT; `embedding` is the size of its embeddings."""

    family = FAMILY

    embedding: int = 3
