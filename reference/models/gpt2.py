"""GPT-2: learned positions, pre-norm, PAD is EOS. Source: Radford et al. 2019, "Language models are unsupervised
multitask learners".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from reference.models.decoder import AT_THE_LAST_TOKEN, PAD, VERSION_5, TinyDecoder, decoder_heads
from reference.models.family import MAX_LENGTH, Family, Units


def embed(bare: nn.Module, words: Tensor, arguments: Mapping[str, Any]) -> Tensor:
    """Words and positions, summed."""
    positions = arguments.get("position_ids")
    if positions is None:
        positions = torch.arange(words.shape[1], device=words.device).unsqueeze(0)
    output: Tensor = words + bare.get_submodule("wpe")(positions)
    return output


FAMILY = Family(
    name="gpt2",
    config_class="GPT2Config",
    settings={
        "vocab": ("vocab_size",),
        "hidden": ("n_embd",),
        "heads": ("n_head",),
        "layers": ("n_layer",),
        "intermediate": ("n_inner",),
        "activation": ("activation_function",),
        "labels": ("num_labels",),
        "eps": ("layer_norm_epsilon",),
        "hidden_dropout": ("resid_pdrop", "embd_pdrop"),
        "attention_dropout": ("attn_pdrop",),
        "tied": ("tie_word_embeddings",),
    },
    heads=decoder_heads(
        bare="GPT2Model",
        causal="GPT2LMHeadModel",
        sequence="GPT2ForSequenceClassification",
        token="GPT2ForTokenClassification",
    ),
    base="transformer",
    embeddings="drop",
    meeting="drop",
    tables=("wte", "wpe"),
    norm=None,
    stage="drop",
    layers="h",
    submodules=(
        "ln_1",
        "attn.c_attn",
        "attn.c_proj",
        "ln_2:input",
        "ln_2",
        "mlp",
        "mlp.c_fc",
        "mlp.c_proj:input",
    ),
    checkpointed="mlp",
    units=Units(
        projections=("attn.c_attn",),
        projection_parts=3,
        attention_output="attn.c_proj",
        intermediate=("mlp.c_fc",),
        output="mlp.c_proj",
    ),
    arguments=("attention_mask", "position_ids"),
    embed=embed,
    constants={
        "max_position_embeddings": MAX_LENGTH,
        "bos_token_id": PAD,
        "eos_token_id": PAD,
        "pad_token_id": PAD,
        "use_cache": False,
    },
    options={"tied": (True, False)},
    attentions=("eager", "sdpa"),
    causal=True,
    ordered=True,
    pad=PAD,
    cls=0,
    sep=1,
    second_path=AT_THE_LAST_TOKEN,
    by_pad=True,
    numpy_twin="reference.oracle.numpy.gpt2",
    since=VERSION_5,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyGPT2(TinyDecoder):
    """A random GPT-2."""

    family = FAMILY

    tied: bool = True
