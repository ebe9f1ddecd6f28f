"""The explainers of sequence classification of transformers-interpret as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers_interpret import PairwiseSequenceClassificationExplainer, SequenceClassificationExplainer

from reference.declaration import Declaration


class TransformersInterpret:
    """One explainer for texts, another one for pairs, called with the index of a class."""

    name = "transformers_interpret"
    distribution = "transformers-interpret"
    device = "cpu"
    declares = Declaration(
        source="https://github.com/cdpierse/transformers-interpret#sequence-classification-explainer",
        families=("bert", "distilbert"),
        quantity="lig",
        baseline="pad",
        keeps_special=True,
        output="probability",
        normalisation="l2",
        pairs=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        return [self._scored(model, tokenizer, text, target) for text in texts]

    def _scored(self, model: nn.Module, tokenizer: Any, text: str | tuple[str, str], target: int | str) -> Tensor:
        if isinstance(text, tuple):
            found = PairwiseSequenceClassificationExplainer(model, tokenizer)(*text, index=target)
        else:
            found = SequenceClassificationExplainer(model, tokenizer)(text, index=target)
        return torch.tensor([score for _, score in found])


SUBJECT = TransformersInterpret
