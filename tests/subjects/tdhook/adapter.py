"""IntegratedGradients of tdhook as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tdhook.attribution import IntegratedGradients
from tensordict import TensorDict
from torch import Tensor, nn

from reference.declaration import Declaration
from tests.subjects.by_embeddings import embedded


class TDHook:
    """At the word embeddings, times the difference, summed over the embedding dimension."""

    name = "tdhook"
    distribution = "tdhook"
    device = "cpu"
    declares = Declaration(
        source="https://tdhook.readthedocs.io/en/latest/api/index.html",
        families=("bert", "distilbert"),
        method="gausslegendre",
        n_steps=50,
        pairs=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        def logit(outputs: Any, others: Any) -> Any:
            return TensorDict(score=outputs["output"][..., target], batch_size=outputs.batch_size)

        found = []
        for text in texts:
            F, x, baseline = embedded(model, tokenizer, text)
            data = TensorDict({"input": x, ("baseline", "input"): baseline}, batch_size=[1])
            with IntegratedGradients(init_attr_targets=logit, multiply_by_inputs=True).prepare(F) as hooked:
                result = hooked(data)
            found.append(result["attr", "input"].detach().sum(-1).flatten())
        return found


SUBJECT = TDHook
