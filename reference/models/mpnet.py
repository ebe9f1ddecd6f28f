"""MPNet: positions are counted from the ids, and relative too. Source: Song et al. 2020, https://arxiv.org/abs/2004.09297."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models import encoder
from reference.models.family import MAX_LENGTH, Family, Units
from reference.models.tiny import TinyTransformer

PAD = 1

FAMILY = Family(
    name="mpnet",
    config_class="MPNetConfig",
    settings={field: names for field, names in encoder.SETTINGS.items() if field != "types"},
    heads=encoder.encoder_heads(
        "MPNet",
        sequence=("classifier:input", "classifier.dense", "classifier.out_proj:input"),
        masked=("lm_head.dense", "lm_head.layer_norm"),
    ),
    base="mpnet",
    embeddings="embeddings",
    tables=(encoder.WORDS, encoder.POSITIONS),
    norm="embeddings.LayerNorm",
    stage="embeddings.dropout",
    layers="encoder.layer",
    layer_end=".output",
    submodules=(
        "attention.attn.q",
        "attention.attn.k",
        "attention.attn.v",
        "attention.attn.o",
        "attention.LayerNorm:input",
        "attention.LayerNorm",
        "intermediate",
        "output.dense",
        "output.LayerNorm:input",
    ),
    checkpointed="intermediate",
    units=Units(
        projections=("attention.attn.q", "attention.attn.k", "attention.attn.v"),
        attention_output="attention.attn.o",
        intermediate=("intermediate.dense",),
        output="output.dense",
        biases=("encoder.relative_attention_bias",),
    ),
    arguments=("attention_mask", "position_ids"),
    embed=encoder.embedded("position_ids"),
    constants={"max_position_embeddings": MAX_LENGTH + PAD + 1},
    attentions=("eager",),
    ordered=True,
    pooler="pooler",
    pad=PAD,
    cls=0,
    sep=2,
    second_path="position ids are counted over the ids that are not PAD, unless position_ids are given",
    by_pad=True,
    since=encoder.VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyMPNet(TinyTransformer):
    """A random MPNet."""

    family = FAMILY
