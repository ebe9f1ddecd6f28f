"""What a folder holds: the kind of its model, by the architecture that config.json names, or else by its weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HEADS = {
    "classifier": ("ForSequenceClassification", "AutoModelForSequenceClassification"),
    "causal": ("ForCausalLM", "AutoModelForCausalLM"),
    "masked": ("ForMaskedLM", "AutoModelForMaskedLM"),
    "encoder": ("Model", "AutoModel"),
}
"""The kinds of models: how the name of an architecture ends, and the class that loads it."""


class CannotLoad(Exception):
    """Why a folder is not loaded, in one line."""


def kind_of(path: str, described: Mapping[str, Any], names: Mapping[str, Any]) -> str:
    """One of HEADS. `names` are those of the weights.

    Raises   CannotLoad for a head that is none of these: another one in its place would explain another question
    """
    masked = any(name.startswith(("cls.predictions", "predictions.")) for name in names)
    for architecture in described.get("architectures") or ():
        for kind, (ending, _) in HEADS.items():
            if "DoubleHeads" in architecture:
                continue
            if architecture.endswith(ending) or (ending == "ForCausalLM" and architecture.endswith("LMHeadModel")):
                return kind
        pretrained = architecture.endswith("ForPreTraining") and masked
        generator = architecture.endswith("ForConditionalGeneration") and described.get("is_encoder_decoder")
        if re.search(r"For[A-Z]|DoubleHeads", architecture) and not pretrained and not generator:
            known = ", ".join(ending for ending, _ in list(HEADS.values())[:-1])
            raise CannotLoad(
                f"{path} holds a {architecture}: the command explains {known}, and models without a head; for this "
                "head, pass a forward that returns your number to check_integrated_gradients"
            )
    endings = {"classifier.weight": "classifier", "score.weight": "classifier", "lm_head.weight": "causal"}
    for name, kind in endings.items():
        if name in names:
            return kind
    return "masked" if masked else "encoder"
