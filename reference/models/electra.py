"""ELECTRA: factorised embeddings, no pooler. Source: Clark et al. 2020, https://arxiv.org/abs/2003.10555."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models import encoder
from reference.models.family import Family
from reference.models.tiny import TinyTransformer

FAMILY = Family(
    name="electra",
    config_class="ElectraConfig",
    settings={**encoder.SETTINGS, "embedding": ("embedding_size",)},
    heads=encoder.encoder_heads(
        "Electra",
        sequence=("classifier:input", "classifier.dense", "classifier.out_proj:input"),
        masked=("generator_predictions.dense", "generator_predictions.LayerNorm"),
    ),
    base="electra",
    embeddings="embeddings",
    tables=(encoder.WORDS, encoder.POSITIONS, encoder.TYPES),
    norm="embeddings.LayerNorm",
    stage="embeddings.dropout",
    layers="encoder.layer",
    submodules=encoder.SUBMODULES,
    checkpointed="attention.output",
    units=encoder.UNITS,
    arguments=("attention_mask", "token_type_ids", "position_ids"),
    embed=encoder.embedded("token_type_ids", "position_ids"),
    options={"embedding": (3, 4, 5)},
    attentions=("eager", "sdpa"),
    second_path="none: only the variant mask_from_ids derives its mask from the ids",
    since=encoder.VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyElectra(TinyTransformer):
    """A random ELECTRA; `embedding` is the size of its embeddings."""

    family = FAMILY

    embedding: int = 3
