"""DeBERTa-v2: attention by relative positions. Source: He et al. 2021, https://arxiv.org/abs/2006.03654."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from reference.models import encoder
from reference.models.family import MAX_LENGTH, Family, Units
from reference.models.tiny import TinyTransformer


def embed(bare: nn.Module, words: Tensor, arguments: Mapping[str, Any]) -> Tensor:
    """The output of the embeddings for word embeddings: masked tokens are 0 there."""
    mask = arguments.get("attention_mask")
    output: Tensor = bare.get_submodule("embeddings")(
        inputs_embeds=words,
        token_type_ids=arguments.get("token_type_ids"),
        position_ids=arguments.get("position_ids"),
        mask=torch.ones(words.shape[:2], device=words.device) if mask is None else mask,
    )
    return output


FAMILY = Family(
    name="deberta-v2",
    config_class="DebertaV2Config",
    settings={**encoder.SETTINGS, "hidden": ("hidden_size", "pooler_hidden_size")},
    heads=encoder.encoder_heads(
        "DebertaV2",
        sequence=("pooler", "pooler.dense", "classifier:input"),
        masked=("cls.predictions.transform",),
    ),
    base="deberta",
    embeddings="embeddings",
    tables=(encoder.WORDS, encoder.POSITIONS, encoder.TYPES),
    norm="embeddings.LayerNorm",
    stage="embeddings.dropout",
    layers="encoder.layer",
    layer_end=".output",
    submodules=(
        "attention.self.query_proj",
        "attention.self.key_proj",
        "attention.self.value_proj",
        "attention.output.dense",
        "attention.output.LayerNorm:input",
        "attention.output",
        "intermediate",
        "output.dense",
        "output.LayerNorm:input",
    ),
    checkpointed="attention.output",
    units=Units(
        projections=tuple(f"attention.self.{name}_proj" for name in ("query", "key", "value", "pos_key", "pos_query")),
        attention_output="attention.output.dense",
        intermediate=("intermediate.dense",),
        output="output.dense",
    ),
    arguments=("attention_mask", "token_type_ids", "position_ids"),
    embed=embed,
    constants={
        "relative_attention": True,
        "pos_att_type": ["p2c", "c2p"],
        "max_relative_positions": MAX_LENGTH,
        "position_buckets": -1,
    },
    attentions=("eager",),
    ordered=True,
    masks_queries=True,
    second_path="none: only the variant mask_from_ids derives its mask from the ids",
    since=encoder.VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyDebertaV2(TinyTransformer):
    """A random DeBERTa-v2."""

    family = FAMILY
