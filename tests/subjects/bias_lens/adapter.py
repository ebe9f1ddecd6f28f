"""IntegratedGradientsExplainer of bias-lens as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from bias_lens.explainers import IntegratedGradientsExplainer
from torch import Tensor, nn
from transformers.modeling_outputs import TokenClassifierOutput

from reference.declaration import Declaration


class TokenClassifier(nn.Module):
    """The classifier as the tool takes it: a BERT that classifies tokens. It explains label 0 of the first token."""

    def __init__(self, model: Any, target: int | str) -> None:
        super().__init__()
        self.bert, self.model, self.target = model.bert, model, target

    def forward(self, **given: Tensor) -> TokenClassifierOutput:
        logits = self.model(**given).logits[:, self.target]
        return TokenClassifierOutput(logits=logits[:, None, None])


class BiasLens:
    """It pads each text to the longest that the model takes. The scores of the padding are left out: they are zero."""

    name = "bias_lens"
    distribution = "bias-lens"
    device = "cpu"
    declares = Declaration(
        source="bias_lens/explainers/ig_explainer.py, IntegratedGradientsExplainer",
        families=("bert",),
        baseline="zero",
        normalisation="l2",
        token_types=False,
    )

    def scores(
        self, model: Any, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        longest = model.config.max_position_embeddings
        explainer = IntegratedGradientsExplainer(TokenClassifier(model, target), tokenizer, max_length=longest)
        return [torch.as_tensor(explainer.explain(text)[1])[: len(tokenizer(text).input_ids)] for text in texts]


SUBJECT = BiasLens
