"""A classifier as a function of its word embeddings, for tools that take a model and a tensor, not a text."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class ByEmbeddings(nn.Module):
    """`given` are the model's other arguments, of one text: (1, tokens) each."""

    def __init__(self, model: nn.Module, given: dict[str, Tensor]) -> None:
        super().__init__()
        self.model, self.given = model, given

    def forward(self, embeddings: Tensor) -> Tensor:
        given = {name: rows.expand(len(embeddings), -1) for name, rows in self.given.items()}
        logits: Tensor = self.model(inputs_embeds=embeddings, **given).logits
        return logits


def embedded(model: Any, tokenizer: Any, text: str | tuple[str, str]) -> tuple[ByEmbeddings, Tensor, Tensor]:
    """The function, the text, and as many PAD tokens: (1, tokens, hidden) each."""
    encoded = dict(tokenizer(*([text] if isinstance(text, str) else text), return_tensors="pt"))
    ids, table = encoded.pop("input_ids"), model.get_input_embeddings()
    with torch.no_grad():
        return ByEmbeddings(model, encoded), table(ids), table(torch.full_like(ids, tokenizer.pad_token_id))
