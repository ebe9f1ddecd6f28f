"""ELECTRA, as a file of reference/models would add it: the test of discovery puts this folder beside that one.

Source   Clark et al. 2020, https://arxiv.org/abs/2003.10555
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reference.models.bert import FAMILY as BERT
from reference.models.family import Head, own_position
from reference.models.tiny import TinyTransformer

FAMILY = replace(
    BERT,
    name="electra",
    config_class="ElectraConfig",
    settings={**BERT.settings, "hidden": ("hidden_size", "embedding_size")},
    heads={
        "sequence": Head(model_class="ElectraForSequenceClassification"),
        "token": Head(
            model_class="ElectraForTokenClassification",
            shape=lambda spec, length: (length, spec.labels),
            reads=own_position,
        ),
    },
    base="electra",
    attentions=("eager",),  # transformers 4 has no other for ELECTRA
    pooler=None,
    numpy_twin=None,
)


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyElectra(TinyTransformer):
    """A random ELECTRA."""

    family = FAMILY
