"""The smallest model with token ids, embeddings and layers: for laws that are about a call, not about a model.

F(x) = head(mean over tokens of mask ⊙ tanh(inner(x))) with x a row of the table for each token: built in a
millisecond where a BERT takes twenty.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Layer, Parts
from reference.models.build import built_problem
from reference.models.weights import weights
from reference.problem import Tokens
from reference.short_repr import ShortRepr


class BagOfTokens(nn.Module):
    """Logits (batch, labels) of ids (batch, length), or of embeddings (batch, length, hidden)."""

    scale: Tensor

    def __init__(self, vocab: int, hidden: int, labels: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocab, hidden)
        self.inner = nn.Linear(hidden, hidden)
        self.head = nn.Linear(hidden, labels)
        self.register_buffer("scale", torch.ones(hidden))

    def forward(self, ids: Tensor, mask: Tensor | None = None) -> Tensor:
        return self.rest(self.table(ids), mask)

    def rest(self, embeddings: Tensor, mask: Tensor | None = None) -> Tensor:
        tokens = torch.tanh(self.inner(embeddings)) * self.scale
        seen = tokens if mask is None else tokens * mask.unsqueeze(-1)
        logits: Tensor = self.head(seen.mean(1))
        return logits


@dataclass(frozen=True, kw_only=True, repr=False)
class TinyBag(ShortRepr):
    """A random bag of tokens in eval mode; its weights are drawn as TinyBert's are."""

    vocab: int = 4
    hidden: int = 3
    labels: int = 2
    weight_seed: int = 0

    def model(self, dtype: torch.dtype) -> BagOfTokens:
        """The model on CPU. Global random state is left as it was."""
        with torch.random.fork_rng(devices=[]):
            model = BagOfTokens(self.vocab, self.hidden, self.labels).double().eval()
        with torch.no_grad():
            for name, tensor in (*model.named_parameters(), *model.named_buffers()):
                tensor.copy_(torch.from_numpy(weights(name, tuple(tensor.shape), self.weight_seed, 1.0)))
        return model.to(dtype)

    def build(self, data: Tokens, dtype: torch.dtype, device: str = "cpu") -> BuiltProblem:
        """Both entries with the mask as their additional argument; the baseline is token ids."""
        model = self.model(dtype).to(device)

        def run(
            input_ids: Tensor | None = None, inputs_embeds: Tensor | None = None, attention_mask: Tensor | None = None
        ) -> Tensor:
            logits: Tensor = (
                model(input_ids, attention_mask) if inputs_embeds is None else model.rest(inputs_embeds, attention_mask)
            )
            return logits

        ids, baseline = (torch.tensor(rows, device=device) for rows in (data.ids, data.baseline))
        return built_problem(
            model,
            run,
            model.table,
            ids,
            baseline,
            {"attention_mask": None if data.mask is None else torch.tensor(data.mask, device=device)},
            layers_in_order=(Layer("table"), Layer("inner", at_input=True), Layer("inner")),
            parts=Parts(word_table=Layer("table"), tables=(Layer("table"),), embeddings=Layer("table")),
        )
