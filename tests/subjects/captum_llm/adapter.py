"""LLMGradientAttribution of captum, on LayerIntegratedGradients at the word embeddings, as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from captum.attr import LayerIntegratedGradients, LLMGradientAttribution, TextTokenInput
from torch import Tensor, nn

from reference.declaration import Declaration


class CaptumLLM:
    """The attribution of the whole answer, with PAD as the baseline of every token."""

    name = "captum_llm"
    distribution = "captum"
    device = "cpu"
    declares = Declaration(
        source="https://captum.ai/api/llm_attr.html",
        families=("gpt2", "llama"),
        quantity="lig",
        baseline="pad",
        output="log-probability",
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        table = model.get_input_embeddings()  # type: ignore[operator]
        method = LLMGradientAttribution(LayerIntegratedGradients(model, table), tokenizer)
        asked = (TextTokenInput(text, tokenizer, baselines=tokenizer.pad_token) for text in texts)
        return [method.attribute(text, target=target).seq_attr for text in asked]


SUBJECT = CaptumLLM
