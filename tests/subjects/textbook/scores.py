"""Scores of texts: IG at the word embeddings of PAD tokens and of the text, summed over the embedding dimension."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference.declaration import Declaration
from tests.subjects.textbook.integrated_gradients import integrated_gradients

DECLARES = Declaration(
    source="this file",
    families=("bert", "distilbert", "gpt2", "llama"),
    baseline="pad",
    keeps_special=True,
    output="log-probability",
    pairs=True,
    eval_mode=True,
)


def scores(
    model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
) -> list[Tensor]:
    """A score for each token of each text: of a class, or of what a language model says after each text."""
    with evaluating(model):
        score = of_answer if isinstance(target, str) else of_class
        return score(model, tokenizer, texts, target)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """The model is in eval mode inside; then each module has its own mode again."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def of_class(model: Any, tokenizer: Any, texts: Sequence[Any], target: Any) -> list[Tensor]:
    """All texts in one batch, padded to one length."""
    encoded = encode(tokenizer, texts)
    ids, names = encoded.pop("input_ids"), list(encoded)
    table = model.get_input_embeddings()

    def forward(embeddings: Tensor, *arguments: Any) -> Tensor:
        return model(inputs_embeds=embeddings, **dict(zip(names, arguments, strict=True))).logits.log_softmax(-1)

    attribution = attribute(forward, table, ids, blank(ids, tokenizer), target, tuple(encoded.values()))
    lengths = encoded["attention_mask"].sum(1).tolist()
    return [row[:length] for row, length in zip(attribution, lengths, strict=True)]


def of_answer(model: Any, tokenizer: Any, texts: Sequence[Any], answer: Any) -> list[Tensor]:
    """One text after the other: the log-probability of the answer's tokens, added up."""
    table, said = (
        model.get_input_embeddings(),
        tokenizer(answer, add_special_tokens=False, return_tensors="pt").input_ids,
    )
    found = []
    for text in texts:
        ids = encode(tokenizer, [text])["input_ids"]

        def forward(prompt: Tensor, length: int = ids.shape[1]) -> Tensor:
            rows = said.expand(len(prompt), -1)
            logits = model(inputs_embeds=torch.cat([prompt, table(rows)], 1)).logits[:, length - 1 : -1]
            return logits.log_softmax(-1).gather(-1, rows.unsqueeze(-1)).sum((1, 2))

        found.append(attribute(forward, table, ids, blank(ids, tokenizer), None, None)[0])
    return found


def encode(tokenizer: Any, texts: Sequence[Any]) -> dict[str, Tensor]:
    """Ids and the other arguments of the model, padded: (texts, tokens) each."""
    return dict(tokenizer(list(texts), padding=True, return_tensors="pt"))


def blank(ids: Tensor, tokenizer: Any) -> Tensor:
    """PAD for each token of the text; special tokens as they are."""
    special = torch.isin(ids, torch.tensor(tokenizer.all_special_ids))
    return torch.where(special, ids, torch.full_like(ids, tokenizer.pad_token_id))


def attribute(forward: Any, table: nn.Module, ids: Tensor, baseline: Tensor, target: Any, arguments: Any) -> Tensor:
    """Token scores, (texts, tokens)."""
    with torch.no_grad():
        ends = table(ids), table(baseline)
    return integrated_gradients(forward, *ends, target=target, additional_forward_args=arguments).sum(-1)
