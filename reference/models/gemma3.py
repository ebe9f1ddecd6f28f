"""Gemma 3: scaled embeddings, four norms, windows. Source: Gemma Team 2025, https://arxiv.org/abs/2503.19786."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import BOS, EOS, SETTINGS, SUBMODULES, TinyDecoder, decoder_heads, kin_of_llama

PAD = 0

FAMILY = kin_of_llama(
    "Gemma3",
    name="gemma3",
    config_class="Gemma3TextConfig",
    settings={
        **{field: names for field, names in SETTINGS.items() if field != "activation"},
        "activation": ("hidden_activation",),
        "head_size": ("head_dim", "query_pre_attn_scalar"),
        "window": ("sliding_window",),
    },
    heads=decoder_heads(
        bare="Gemma3TextModel", causal="Gemma3ForCausalLM", sequence="Gemma3TextForSequenceClassification"
    ),
    submodules=(*SUBMODULES, "pre_feedforward_layernorm", "post_feedforward_layernorm:input"),
    # Every second block sees a window only.
    constants={
        "bos_token_id": BOS,
        "eos_token_id": EOS,
        "pad_token_id": PAD,
        "use_cache": False,
        "sliding_window_pattern": 2,
    },
    options={"grouped": (False, True), "tied": (False, True), "window": (2, 4, 16)},
    pad=PAD,
    inner_norms=True,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyGemma3(TinyDecoder):
    """A random Gemma 3; `window` is how many tokens a position sees in every second block."""

    family = FAMILY

    window: int = 2
