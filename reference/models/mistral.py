"""Mistral: LLaMA with a sliding window. Source: Jiang et al. 2023, https://arxiv.org/abs/2310.06825."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.decoder import SETTINGS, TinyDecoder, kin_of_llama

FAMILY = kin_of_llama(
    "Mistral",
    name="mistral",
    settings={**SETTINGS, "window": ("sliding_window",)},
    options={"grouped": (False, True), "tied": (False, True), "window": (None, 2, 4)},
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyMistral(TinyDecoder):
    """A random Mistral; `window` is how many tokens a position sees, None for all."""

    family = FAMILY

    window: int | None = None
