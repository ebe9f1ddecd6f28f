"""CamemBERT: RoBERTa with another vocabulary. Source: Martin et al. 2020, https://arxiv.org/abs/1911.03894."""

from __future__ import annotations

from dataclasses import dataclass

from reference.models.roberta import kin_of_roberta
from reference.models.tiny import TinyTransformer

FAMILY = kin_of_roberta("Camembert", name="camembert")


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyCamembert(TinyTransformer):
    """A random CamemBERT."""

    family = FAMILY
