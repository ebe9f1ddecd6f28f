"""What decoders share: their heads, the layout of LLaMA's layers, and grouped keys and values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from packaging.version import Version
from torch import Tensor, nn

from reference.models.family import Family, Head, Units, last_position, own_position
from reference.models.tiny import TinyTransformer

VERSION_5 = Version("5")
"""The first release in which each block of these decoders gives one tensor."""

BOS, EOS, PAD = 1, 2, 3
"""PAD is not 0; some families declare that it is EOS."""

AT_THE_LAST_TOKEN = "the classifier reads the last position whose id is not PAD; given embeddings, the last position"

SETTINGS: Mapping[str, tuple[str, ...]] = {
    "vocab": ("vocab_size",),
    "hidden": ("hidden_size",),
    "heads": ("num_attention_heads",),
    "layers": ("num_hidden_layers",),
    "intermediate": ("intermediate_size",),
    "activation": ("hidden_act",),
    "labels": ("num_labels",),
    "eps": ("rms_norm_eps",),
    "attention_dropout": ("attention_dropout",),
    "kv_heads": ("num_key_value_heads",),
    "tied": ("tie_word_embeddings",),
}
"""The fields of the spec in the configs of LLaMA's kin."""

SUBMODULES = (
    "input_layernorm",
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "post_attention_layernorm:input",
    "post_attention_layernorm",
    "mlp",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj:input",
)
"""Modules inside a block of LLaMA's kin that give one tensor, and get one where `:input` says so."""


UNITS = Units(
    projections=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    attention_output="self_attn.o_proj",
    intermediate=("mlp.gate_proj", "mlp.up_proj"),
    output="mlp.down_proj",
)


def decoder_heads(
    *, bare: str, causal: str, sequence: str, token: str | None = None, lm_head: str = "lm_head:input"
) -> dict[str, Head]:
    """The heads: a classifier of the last token, a label or logits for each position, and the bare model."""
    heads = {
        "sequence": Head(model_class=sequence, ends=("score:input", "score"), reads=last_position, by_ids=True),
        "causal": Head(
            model_class=causal,
            shape=lambda spec, length: (length, spec.vocab),
            ends=(lm_head,),
            reads=own_position,
        ),
        "hidden": Head(
            model_class=bare,
            output="last_hidden_state",
            shape=lambda spec, length: (length, spec.hidden),
            reads=own_position,
            bare=True,
        ),
    }
    if token:
        heads["token"] = Head(model_class=token, shape=lambda spec, length: (length, spec.labels), reads=own_position)
    return heads


def words_alone(bare: nn.Module, words: Tensor, arguments: Mapping[str, Any]) -> Tensor:
    """The input of the first block: positions act inside attention."""
    return words


def kin_of_llama(stem: str, *, name: str, token: bool = True, bare: str | None = None, **changes: Any) -> Family:
    """A family with LLaMA's layout; `changes` are its own fields."""
    description: dict[str, Any] = {
        "name": name,
        "config_class": f"{stem}Config",
        "settings": SETTINGS,
        "heads": decoder_heads(
            bare=bare or f"{stem}Model",
            causal=f"{stem}ForCausalLM",
            sequence=f"{stem}ForSequenceClassification",
            token=f"{stem}ForTokenClassification" if token else None,
        ),
        "base": "model",
        "embeddings": "layers.0:input",
        "tables": ("embed_tokens",),
        "norm": None,
        "stage": None,
        "layers": "layers",
        "submodules": SUBMODULES,
        "checkpointed": "mlp",
        "units": UNITS,
        "arguments": ("attention_mask", "position_ids"),
        "embed": words_alone,
        "constants": {"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": PAD, "use_cache": False},
        "options": {"grouped": (False, True), "tied": (False, True)},
        "attentions": ("eager", "sdpa"),
        "head_units": 2,
        "causal": True,
        "ordered": True,
        "pad": PAD,
        "cls": BOS,
        "sep": EOS,
        "second_path": AT_THE_LAST_TOKEN,
        "by_pad": True,
        "narrows": True,
        "since": VERSION_5,
    }
    return Family(**{**description, **changes})


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyDecoder(TinyTransformer):
    """A random decoder. `grouped` says that all heads share one key and value, `tied` that the language model's head
    has the weights of the word table.
    """

    hidden: int = 4
    grouped: bool = False
    tied: bool = False

    @property
    def kv_heads(self) -> int:
        """Heads of keys and values."""
        return 1 if self.grouped else self.heads

    @property
    def head_size(self) -> int:
        """Units of an attention head."""
        return self.hidden // self.heads
