"""ModernBERT: RoPE, pre-norm, windows. Source: Warner et al. 2024, https://arxiv.org/abs/2412.13663."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference.models import encoder
from reference.models.family import Family, Units
from reference.models.tiny import TinyTransformer

PAD = 3

HEADS = encoder.encoder_heads(
    "ModernBert",
    sequence=("head:input", "head.dense", "classifier:input"),
    masked=("head.dense", "head.norm", "decoder:input"),
)

FAMILY = Family(
    name="modernbert",
    config_class="ModernBertConfig",
    settings={
        "vocab": ("vocab_size",),
        "hidden": ("hidden_size",),
        "heads": ("num_attention_heads",),
        "layers": ("num_hidden_layers",),
        "intermediate": ("intermediate_size",),
        "activation": ("hidden_activation",),
        "labels": ("num_labels",),
        "eps": ("norm_eps",),
        "hidden_dropout": ("embedding_dropout", "mlp_dropout", "classifier_dropout"),
        "attention_dropout": ("attention_dropout",),
        "window": ("local_attention",),
    },
    heads={
        name: replace(head, ends=head.ends if name != "token" else ("head.dense", "classifier:input"))
        for name, head in HEADS.items()
    },
    base="model",
    embeddings="embeddings",
    tables=("embeddings.tok_embeddings",),
    norm="embeddings.norm",
    stage="embeddings.drop",
    layers="layers",
    alike=False,
    submodules=("attn.Wqkv", "attn.Wo", "mlp_norm:input", "mlp_norm", "mlp.Wi", "mlp.Wo:input", "mlp"),
    checkpointed="mlp",
    units=Units(
        projections=("attn.Wqkv",),
        projection_parts=3,
        attention_output="attn.Wo",
        intermediate=("mlp.Wi",),
        intermediate_parts=2,
        output="mlp.Wo",
    ),
    arguments=("attention_mask", "position_ids"),
    embed=encoder.embedded(),
    # Every second layer sees a window only; norms have a bias, so that one can become an affine map.
    constants={
        "pad_token_id": PAD,
        "bos_token_id": 1,
        "cls_token_id": 1,
        "eos_token_id": 2,
        "sep_token_id": 2,
        "norm_bias": True,
        "global_attn_every_n_layers": 2,
    },
    options={"window": (2, 4, 16)},
    attentions=("eager", "sdpa"),
    head_units=2,
    ordered=True,
    pad=PAD,
    second_path="none: only the variant mask_from_ids derives its mask from the ids",
    narrows=True,
    since=encoder.VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyModernBert(TinyTransformer):
    """A random ModernBERT; `window` is how many tokens its local attention sees."""

    family = FAMILY

    hidden: int = 4
    window: int = 2
