"""RoBERTa: positions are counted from the ids, PAD is 1. Source: Liu et al. 2019, https://arxiv.org/abs/1907.11692."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models import encoder
from reference.models.family import MAX_LENGTH, Family
from reference.models.tiny import TinyTransformer

PAD = 1


def kin_of_roberta(stem: str, *, name: str) -> Family:
    """A family with RoBERTa's layout, whose classes in transformers begin with `stem`."""
    return Family(
        name=name,
        config_class=f"{stem}Config",
        settings=encoder.SETTINGS,
        heads=encoder.encoder_heads(
            stem,
            sequence=("classifier:input", "classifier.dense", "classifier.out_proj:input"),
            masked=("lm_head.dense", "lm_head.layer_norm"),
            choice=("roberta.pooler", "roberta.pooler.dense", "classifier:input"),
        ),
        base="roberta",
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
        # Positions are counted from the one after PAD's.
        constants={"max_position_embeddings": MAX_LENGTH + PAD + 1, "pad_token_id": PAD, "bos_token_id": 0},
        attentions=("eager", "sdpa"),
        pooler="pooler",
        pad=PAD,
        cls=0,
        sep=2,
        second_path="position ids are counted over the ids that are not PAD, unless position_ids are given",
        by_pad=True,
        since=encoder.VERSION_5,
    )


FAMILY = kin_of_roberta("Roberta", name="roberta")


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyRoberta(TinyTransformer):
    """A random RoBERTa."""

    family = FAMILY
