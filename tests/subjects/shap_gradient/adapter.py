"""GradientExplainer of shap as a subject: of the whole model, with the text's own PAD row as the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shap
import torch
from torch import Tensor, nn

from reference.declaration import Declaration
from tests.subjects.by_embeddings import ByEmbeddings, embedded

SAMPLES = 50


class ShapGradient:
    """The first form of the explainer: a model, and the scores of its input."""

    name = "shap_gradient"
    distribution = "shap"
    device = "cpu"
    declares = Declaration(
        source="https://shap.readthedocs.io/en/latest/generated/shap.GradientExplainer.html",
        families=("bert", "distilbert"),
        quantity="expected gradients",
        baseline="pad",
        method=None,
        eval_mode=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        return [self._scored(model, tokenizer, text)[..., int(target)] for text in texts]

    def _scored(self, model: nn.Module, tokenizer: Any, text: str | tuple[str, str]) -> Tensor:
        """Of all classes: (tokens, labels)."""
        F, x, background = embedded(model, tokenizer, text)
        found = shap.GradientExplainer(self.explained(F), background).shap_values(x, nsamples=SAMPLES)
        return torch.as_tensor(np.asarray(found)[0].sum(1))

    def explained(self, F: ByEmbeddings) -> Any:
        """What the explainer gets as its model."""
        return F


SUBJECT = ShapGradient
