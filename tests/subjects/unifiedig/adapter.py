"""Explainer of unifiedig as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from unifiedig import Explainer

from reference.declaration import Declaration
from tests.subjects.by_embeddings import ByEmbeddings, embedded

STEPS = 32


class Flat(nn.Module):
    """The function of the embeddings in one row for each example: the tool explains tables."""

    def __init__(self, F: ByEmbeddings, shape: torch.Size) -> None:
        super().__init__()
        self.F, self.shape = F, shape

    def forward(self, rows: Tensor) -> Tensor:
        logits: Tensor = self.F(rows.unflatten(1, self.shape))
        return logits


class UnifiedIG:
    """At the word embeddings, summed over the embedding dimension. `regression` says that outputs are not centred."""

    name = "unifiedig"
    distribution = "unifiedig"
    device = "cpu"
    declares = Declaration(
        source="unifiedig/explainer.py, Explainer",
        families=("bert", "distilbert"),
        method="gausslegendre",
        n_steps=STEPS,
        pairs=True,
        eval_mode=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        found = []
        for text in texts:
            F, x, baseline = embedded(model, tokenizer, text)
            options: dict[str, Any] = {"n_steps": STEPS, "output_kind": "regression", "check_completeness": False}
            explain = Explainer(Flat(F, x.shape[1:]), baseline.flatten(1), **options)
            values = torch.as_tensor(explain(x.flatten(1)).values[..., target])
            found.append(values.unflatten(1, x.shape[1:]).sum(-1)[0])
        return found


SUBJECT = UnifiedIG
