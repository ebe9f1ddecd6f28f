"""The explanation function of quantus for captum as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import quantus
import torch
from torch import Tensor, nn

from reference.declaration import Declaration
from tests.subjects.by_embeddings import embedded


class Quantus:
    """At the word embeddings, summed over the embedding dimension."""

    name = "quantus"
    distribution = "quantus"
    device = "cpu"
    declares = Declaration(
        source="https://quantus.readthedocs.io, quantus.explain",
        families=("bert", "distilbert"),
        method="riemann_trapezoid",
        n_steps=10,
        pairs=True,
        eval_mode=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        found = []
        for text in texts:
            F, x, baseline = embedded(model, tokenizer, text)
            options = {
                "method": "IntegratedGradients",
                "baseline": baseline,
                "reduce_axes": (2,),
                "channel_first": True,
            }
            explanation = quantus.explain(F, x, torch.tensor([target]), **options)
            found.append(torch.as_tensor(explanation).flatten())
        return found


SUBJECT = Quantus
