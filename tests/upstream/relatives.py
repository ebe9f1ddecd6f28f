"""BERT's relatives whose users wrote: tiny random sequence classifiers of another architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from reference.built_problem import BuiltProblem
from reference.models.build import built_problem
from reference.models.weights import give_weights
from reference.problem import Tokens
from reference.short_repr import ShortRepr


@dataclass(frozen=True, kw_only=True, repr=False)
class Relative(ShortRepr):
    """`name` is the architecture's in transformers, `sizes` what its config calls its small numbers."""

    name: str
    sizes: tuple[tuple[str, int], ...]

    def model(self, dtype: torch.dtype) -> nn.Module:
        """A model of its own, in eval mode on CPU. Global random state is left as it was."""
        config = getattr(transformers, f"{self.name}Config")(**dict(self.sizes))
        with torch.random.fork_rng(devices=[]):
            model: nn.Module = getattr(transformers, f"{self.name}ForSequenceClassification")(config)
        model.to(torch.float64).eval()
        give_weights(model, seed=0, scale=1.0)
        return model.to(dtype)

    def build(self, data: Tokens, dtype: torch.dtype, device: str = "cpu") -> BuiltProblem:
        """Both entries, with the mask as their additional argument."""
        model: Any = self.model(dtype).to(device)

        def run(**given: Tensor | None) -> Tensor:
            logits: Tensor = model(**given).logits
            return logits

        ids, baseline = torch.tensor(data.ids, device=device), torch.tensor(data.baseline, device=device)
        mask = None if data.mask is None else torch.tensor(data.mask, device=device)
        return built_problem(
            model, run, model.get_input_embeddings(), ids, baseline, {"attention_mask": mask}, layers_in_order=()
        )
