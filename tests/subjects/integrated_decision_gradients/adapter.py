"""get_integrated_gradients of integrated-decision-gradients as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from integrated_decision_gradients.integrated_gradients import get_integrated_gradients
from torch import Tensor, nn

from reference.declaration import Declaration
from tests.subjects.by_embeddings import embedded


class IntegratedDecisionGradients:
    """At the word embeddings, summed over the embedding dimension."""

    name = "integrated_decision_gradients"
    distribution = "integrated-decision-gradients"
    device = "cpu"
    declares = Declaration(
        source="https://pypi.org/project/integrated-decision-gradients, the docstring of get_integrated_gradients",
        families=("bert", "distilbert"),
        method="riemann_middle",
        pairs=True,
        eval_mode=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        found = []
        for text in texts:
            F, x, baseline = embedded(model, tokenizer, text)
            attribution = get_integrated_gradients(F, x, baseline, target=int(target), batch_size=7)
            found.append(attribution[0].sum(-1))
        return found


SUBJECT = IntegratedDecisionGradients
