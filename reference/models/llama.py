"""LLaMA: RMSNorm, RoPE, SwiGLU. Source: Touvron et al. 2023, https://arxiv.org/abs/2302.13971."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import TinyDecoder, kin_of_llama

FAMILY = kin_of_llama("Llama", name="llama", numpy_twin="reference.oracle.numpy.llama")


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyLlama(TinyDecoder):
    """A random LLaMA."""

    family = FAMILY
