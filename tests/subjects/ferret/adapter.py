"""IntegratedGradientExplainer of ferret-xai as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from ferret.explainers.gradient import IntegratedGradientExplainer
from torch import Tensor, nn

from reference.declaration import Declaration


class Ferret:
    """The explainer, called with a text and a target as its page says; the defaults of all else."""

    name = "ferret"
    distribution = "ferret-xai"
    device = "cpu"
    declares = Declaration(
        source="https://ferret.readthedocs.io, ferret.explainers.gradient",
        families=("bert", "distilbert"),
        baseline="pad",
        keeps_special=True,
        output="logit",
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        explainer = IntegratedGradientExplainer(model, tokenizer)
        return [torch.as_tensor(explainer(text, target).scores) for text in texts]


SUBJECT = Ferret
