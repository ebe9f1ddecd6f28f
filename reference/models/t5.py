"""T5: RMSNorm, relative positions in the first block. Source: Raffel et al. 2020, https://arxiv.org/abs/1910.10683."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import words_alone
from reference.models.encoder import VERSION_5
from reference.models.family import Family, Head, Units, own_position
from reference.models.seq2seq import TinySeq2Seq, decoded

FAMILY = Family(
    name="t5",
    config_class="T5Config",
    settings={
        "vocab": ("vocab_size",),
        "hidden": ("d_model",),
        "heads": ("num_heads",),
        "head_size": ("d_kv",),
        "layers": ("num_layers",),
        "intermediate": ("d_ff",),
        "activation": ("dense_act_fn",),
        "labels": ("num_labels",),
        "eps": ("layer_norm_epsilon",),
        "hidden_dropout": ("dropout_rate", "classifier_dropout"),
        "gated": ("is_gated_act",),
    },
    heads={
        "token": Head(
            model_class="T5ForTokenClassification",
            shape=lambda spec, length: (length, spec.labels),
            ends=("classifier:input",),
            reads=own_position,
        ),
        "hidden": Head(
            model_class="T5EncoderModel",
            output="last_hidden_state",
            shape=lambda spec, length: (length, spec.hidden),
            reads=own_position,
            bare=True,
        ),
        "seq2seq": decoded("T5ForConditionalGeneration", output="logits", size="vocab", bare=True),
    },
    base="transformer",
    # Not the input of the block: its call has None among its arguments, which Captum cannot take.
    embeddings="encoder.block.0.layer.0:input",
    tables=("encoder.embed_tokens",),
    norm=None,
    stage=None,
    layers="encoder.block",
    alike=False,
    layer_end=".layer.1",
    submodules=(
        "layer.0.layer_norm",
        "layer.0.SelfAttention.q",
        "layer.0.SelfAttention.k",
        "layer.0.SelfAttention.v",
        "layer.0.SelfAttention.o",
        "layer.1:input",
        "layer.1.layer_norm",
    ),
    checkpointed="layer.1",
    units=Units(
        projections=("layer.0.SelfAttention.q", "layer.0.SelfAttention.k", "layer.0.SelfAttention.v"),
        attention_output="layer.0.SelfAttention.o",
        intermediate=tuple(f"layer.1.DenseReluDense.{name}" for name in ("wi", "wi_0", "wi_1")),
        output="layer.1.DenseReluDense.wo",
        biases=("encoder.block.0.layer.0.SelfAttention.relative_attention_bias",),
    ),
    arguments=("attention_mask",),
    embed=words_alone,
    constants={
        "decoder_start_token_id": 0,
        "num_decoder_layers": 1,
        "relative_attention_num_buckets": 8,
        "relative_attention_max_distance": 12,
        "use_cache": False,
    },
    options={"gated": (False, True)},
    attentions=("eager",),
    ordered=True,
    second_path="none: only the variant mask_from_ids derives its mask from the ids",
    narrows=True,
    since=VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyT5(TinySeq2Seq):
    """A random T5, or its encoder; `gated` says that its intermediate units are multiplied by gates."""

    family = FAMILY

    head: str = "token"
    gated: bool = False
