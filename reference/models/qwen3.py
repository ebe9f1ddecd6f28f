"""Qwen3: LLaMA with norms of queries and keys. Source: Yang et al. 2025, https://arxiv.org/abs/2505.09388."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import SETTINGS, TinyDecoder, kin_of_llama

FAMILY = kin_of_llama("Qwen3", name="qwen3", settings={**SETTINGS, "head_size": ("head_dim",)}, inner_norms=True)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyQwen3(TinyDecoder):
    """A random Qwen3."""

    family = FAMILY
