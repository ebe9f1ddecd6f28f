"""IntegratedGradientText of omnixai as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from omnixai.data.text import Text
from omnixai.explainers.nlp.specific.ig import IntegratedGradientText
from torch import Tensor, nn

from reference.declaration import Declaration


class ByIds(nn.Module):
    """The logits of token ids and the other arguments, by their places."""

    def __init__(self, model: nn.Module, names: Sequence[str]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, ids: Tensor, *others: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids=ids, **dict(zip(self.names, others, strict=True))).logits
        return logits


class OmniXAI:
    """At the word embeddings, which are its embedding layer."""

    name = "omnixai"
    distribution = "omnixai"
    device = "cpu"
    declares = Declaration(
        source="omnixai/explainers/nlp/specific/ig.py, IntegratedGradientText",
        families=("bert", "distilbert"),
        baseline="zero",
        method="riemann_trapezoid",
        n_steps=50,
        eval_mode=True,
    )

    def scores(
        self, model: Any, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        names = [name for name in tokenizer.model_input_names if name != "input_ids"]

        def preprocess(given: Any) -> tuple[Tensor, ...]:
            encoded = tokenizer(given.to_str(), return_tensors="pt")
            return (encoded.input_ids, *(encoded[name] for name in names))

        explainer = IntegratedGradientText(
            ByIds(model, names), model.get_input_embeddings(), preprocess, tokenizer=tokenizer
        )
        found = []
        for text in texts:
            explained = explainer.explain(Text([text]), y=[target])
            found.append(torch.as_tensor(explained.get_explanations(0)["scores"]))
        return found


SUBJECT = OmniXAI
