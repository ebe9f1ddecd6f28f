"""XLM-RoBERTa: RoBERTa with another vocabulary. Source: Conneau et al. 2020, https://arxiv.org/abs/1911.02116."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference.models import encoder
from reference.models.roberta import FAMILY as ROBERTA
from reference.models.tiny import TinyTransformer

FAMILY = replace(
    ROBERTA,
    name="xlm-roberta",
    config_class="XLMRobertaConfig",
    heads=encoder.encoder_heads(
        "XLMRoberta",
        sequence=("classifier:input", "classifier.dense", "classifier.out_proj:input"),
        masked=("lm_head.dense", "lm_head.layer_norm"),
        choice=("roberta.pooler", "roberta.pooler.dense", "classifier:input"),
    ),
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyXLMRoberta(TinyTransformer):
    """A random XLM-RoBERTa."""

    family = FAMILY
