"""XLM-RoBERTa: RoBERTa with another vocabulary. Source: Conneau et al. 2020, https://arxiv.org/abs/1911.02116."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.roberta import kin_of_roberta
from reference.models.tiny import TinyTransformer

FAMILY = kin_of_roberta("XLMRoberta", name="xlm-roberta")


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyXLMRoberta(TinyTransformer):
    """A random XLM-RoBERTa."""

    family = FAMILY
