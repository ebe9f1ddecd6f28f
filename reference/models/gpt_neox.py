"""GPT-NeoX: LayerNorm, RoPE, attention beside the MLP. Source: Black et al. 2022, https://arxiv.org/abs/2204.06745."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import PAD, SETTINGS, TinyDecoder, decoder_heads, kin_of_llama
from reference.models.family import Units

FAMILY = kin_of_llama(
    "GPTNeoX",
    name="gpt-neox",
    settings={
        **{field: names for field, names in SETTINGS.items() if field not in ("eps", "kv_heads")},
        "eps": ("layer_norm_eps",),
        "hidden_dropout": ("hidden_dropout", "classifier_dropout"),
        "parallel": ("use_parallel_residual",),
    },
    heads=decoder_heads(
        bare="GPTNeoXModel",
        causal="GPTNeoXForCausalLM",
        sequence="GPTNeoXForSequenceClassification",
        token="GPTNeoXForTokenClassification",
    ),
    base="gpt_neox",
    embeddings="emb_dropout",
    tables=("embed_in",),
    stage="emb_dropout",
    submodules=(
        "input_layernorm",
        "attention.query_key_value",
        "attention.dense",
        "post_attention_layernorm:input",
        "mlp",
        "mlp.dense_h_to_4h",
        "mlp.dense_4h_to_h:input",
    ),
    units=Units(
        projections=("attention.query_key_value",),
        block=3,
        attention_output="attention.dense",
        intermediate=("mlp.dense_h_to_4h",),
        output="mlp.dense_4h_to_h",
    ),
    # PAD is EOS, as tokenizers of this family have no PAD of their own.
    constants={
        "bos_token_id": PAD,
        "eos_token_id": PAD,
        "pad_token_id": PAD,
        "use_cache": False,
        "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default", "partial_rotary_factor": 1.0},
    },
    options={"tied": (False, True), "parallel": (True, False)},
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyGPTNeoX(TinyDecoder):
    """A random GPT-NeoX; `parallel` says that attention and MLP read the same hidden states."""

    family = FAMILY

    parallel: bool = True
