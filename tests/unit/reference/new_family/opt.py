"""OPT, as a file of reference/models would add it: the test of discovery puts this folder beside that one.

Source   Zhang et al. 2022, https://arxiv.org/abs/2205.01068
"""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import AT_THE_LAST_TOKEN, VERSION_5, TinyDecoder, decoder_heads, words_alone
from reference.models.family import Family

FAMILY = Family(
    name="opt",
    config_class="OPTConfig",
    settings={
        "vocab": ("vocab_size",),
        "hidden": ("hidden_size", "word_embed_proj_dim"),
        "heads": ("num_attention_heads",),
        "layers": ("num_hidden_layers",),
        "intermediate": ("ffn_dim",),
        "activation": ("activation_function",),
        "labels": ("num_labels",),
        "hidden_dropout": ("dropout",),
        "attention_dropout": ("attention_dropout",),
        "tied": ("tie_word_embeddings",),
    },
    heads=decoder_heads(bare="OPTModel", causal="OPTForCausalLM", sequence="OPTForSequenceClassification"),
    base="model",
    embeddings="decoder.layers.0:input",
    tables=("decoder.embed_tokens",),
    norm=None,
    stage=None,
    layers="decoder.layers",
    arguments=("attention_mask",),
    embed=words_alone,
    constants={"pad_token_id": 1, "bos_token_id": 2, "eos_token_id": 2, "use_cache": False},
    options={"tied": (True, False)},
    attentions=("sdpa",),
    causal=True,
    ordered=True,
    pad=1,
    cls=2,
    sep=2,
    second_path=AT_THE_LAST_TOKEN,
    by_pad=True,
    since=VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyOPT(TinyDecoder):
    """A random OPT."""

    family = FAMILY

    tied: bool = True
    attention: str = "sdpa"
