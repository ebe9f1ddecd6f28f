"""GradientExplainer of shap as a subject: of the whole model, with the text's own PAD row as the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shap
import torch
from torch import Tensor, nn

from reference.declaration import Declaration

SAMPLES = 50


class ByEmbeddings(nn.Module):
    """A classifier as a function of its word embeddings."""

    def __init__(self, model: nn.Module, given: dict[str, Tensor]) -> None:
        super().__init__()
        self.model, self.given = model, given

    def forward(self, embeddings: Tensor) -> Tensor:
        given = {name: rows.expand(len(embeddings), -1) for name, rows in self.given.items()}
        logits: Tensor = self.model(inputs_embeds=embeddings, **given).logits
        return logits


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
        encoded = dict(tokenizer(*([text] if isinstance(text, str) else text), return_tensors="pt"))
        ids = encoded.pop("input_ids")
        table: Any = model.get_input_embeddings()  # type: ignore[operator]
        with torch.no_grad():
            x, background = table(ids), table(torch.full_like(ids, tokenizer.pad_token_id))
        found = shap.GradientExplainer(self.explained(model, encoded), background).shap_values(x, nsamples=SAMPLES)
        return torch.as_tensor(np.asarray(found)[0].sum(1))

    def explained(self, model: nn.Module, given: dict[str, Tensor]) -> Any:
        """What the explainer gets as its model."""
        return ByEmbeddings(model, given)


SUBJECT = ShapGradient
