"""Qwen2: LLaMA with biases, PAD is EOS. Source: Yang et al. 2024, https://arxiv.org/abs/2407.10671."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import BOS, EOS, TinyDecoder, kin_of_llama

FAMILY = kin_of_llama(
    "Qwen2",
    name="qwen2",
    constants={"bos_token_id": BOS, "eos_token_id": EOS, "pad_token_id": EOS, "use_cache": False},
    pad=EOS,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyQwen2(TinyDecoder):
    """A random Qwen2."""

    family = FAMILY
