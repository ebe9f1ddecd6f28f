"""IntegratedGradients of interpreto as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from interpreto import Granularity, IntegratedGradients
from torch import Tensor, nn

from reference.declaration import Declaration


class Interpreto:
    """One score for each token, special tokens included; the defaults of all else."""

    name = "interpreto"
    distribution = "interpreto"
    device = "cpu"
    declares = Declaration(
        source="https://for-sight-ai.github.io/interpreto/api/attributions/methods/integrated_gradients",
        families=("bert", "distilbert"),
        baseline="zero",
        output="logit",
        method="riemann_trapezoid",
        n_steps=10,
        eval_mode=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        method = IntegratedGradients(model, tokenizer, granularity=Granularity.ALL_TOKENS)
        found = method(list(texts), torch.tensor([[target]] * len(texts)))
        return [torch.as_tensor(one.attributions).flatten() for one in found]


SUBJECT = Interpreto
