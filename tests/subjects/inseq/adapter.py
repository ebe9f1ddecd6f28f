"""Integrated gradients of inseq as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import inseq
from torch import Tensor, nn

from reference.declaration import Declaration


class Inseq:
    """What the text says of the first token of the answer: of later tokens inseq attributes the answer so far, too.

    The scores are the sums over the embedding dimension; the norm that inseq shows by default has no sign.
    """

    name = "inseq"
    distribution = "inseq"
    device = "cpu"
    declares = Declaration(
        source="https://inseq.org/en/latest/main_classes/main_functions.html",
        families=("gpt2", "llama"),
        baseline="unk",
        output="probability",
        answer="first token",
        eval_mode=True,
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        wrapped = inseq.load_model(model, "integrated_gradients", tokenizer=tokenizer)
        answered = [f"{text} {target}" for text in texts]
        found = wrapped.attribute(list(texts), answered, n_steps=50, show_progress=False, pretty_progress=False)
        return [_of_first_token(one) for one in found.sequence_attributions]


def _of_first_token(found: Any) -> Tensor:
    """The scores of the prompt's tokens for the first generated one."""
    scores: Tensor = found.target_attributions[: len(found.source), 0].sum(-1)
    return scores


SUBJECT = Inseq
