"""Declarations, and the scores that follow from them: right tools of several kinds pass, wrong ones fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from reference.declaration import Declaration
from reference.laws import LAWS
from reference.models.texts import Texts
from reference.models.tiny_text import TEXT_FAMILIES, TinyText
from reference.problem import Call, Problem
from reference.violation import NotApplicable
from tests.subjects.textbook import Textbook, scores

WORDS = Problem(
    model=TinyText(), data=Texts(texts=("ab c", "b aa ca"), answer="a b"), call=Call(target=1, dtype="float32")
)

FAMILIES = pytest.mark.parametrize("which", range(len(TEXT_FAMILIES)), ids=TEXT_FAMILIES)


class Changed(Textbook):
    """Textbook's scores, changed after the fact, with another declaration."""

    def __init__(self, change: Any, **declared: Any) -> None:
        super().__init__()
        self.change, self.declares = change, replace(scores.DECLARES, **declared)

    def scores(self, model: Any, tokenizer: Any, texts: Any, *, target: Any) -> list[Tensor]:
        found = scores.scores(model, tokenizer, texts, target=target)
        return [self.change(one, tokenizer(text)) for one, text in zip(found, texts, strict=True)]


def of_words(tokens: Tensor, encoded: Any) -> Tensor:
    """The sum over each word; a special token is one."""
    sums: list[Tensor] = []
    before: Any = None
    for score, word in zip(tokens, encoded.word_ids(), strict=True):
        if word is None or word != before:
            sums.append(score)
        else:
            sums[-1] = sums[-1] + score
        before = word
    return torch.stack(sums)


def unchanged(tokens: Tensor, encoded: Any) -> Tensor:
    return tokens


RIGHT = {
    "words": Changed(of_words, grouping="words"),
    "l1": Changed(lambda tokens, encoded: tokens / tokens.abs().sum(), normalisation="l1"),
    "l2": Changed(lambda tokens, encoded: tokens / tokens.norm(), normalisation="l2"),
    "max": Changed(lambda tokens, encoded: tokens / tokens.abs().max(), normalisation="max"),
}

WRONG = {
    "tokens for words": Changed(unchanged, grouping="words"),
    "l2 for l1": Changed(lambda tokens, encoded: tokens / tokens.norm(), normalisation="l1"),
    "absolute values": Changed(lambda tokens, encoded: tokens.abs()),
    "another output": Changed(unchanged, output="logit"),
    "another baseline": Changed(unchanged, baseline="mask"),
    "zeros as baseline": Changed(unchanged, baseline="zero"),
    "special tokens": Changed(unchanged, keeps_special=False),
    "fewer steps": Changed(unchanged, n_steps=2),
    "another rule": Changed(unchanged, method="riemann_left"),
    "another place": Changed(unchanged, at="embeddings", quantity="lig"),
}


@FAMILIES
@pytest.mark.parametrize("kind", RIGHT)
def test_scores_as_declared_pass(kind: str, which: int) -> None:
    LAWS["score_values"](replace(WORDS, model=TinyText(which=which)), RIGHT[kind])


@pytest.mark.parametrize("kind", WRONG)
def test_scores_other_than_declared_fail(kind: str) -> None:
    with pytest.raises(LAWS["score_values"].violation):
        LAWS["score_values"](WORDS, WRONG[kind])


class Sampler(Textbook):
    """A right tool that samples points of the path."""

    declares = replace(scores.DECLARES, quantity="expected gradients", method=None, output="logit")

    def scores(self, model: Any, tokenizer: Any, texts: Any, *, target: Any) -> list[Tensor]:
        return [self.one(model, tokenizer(text, return_tensors="pt"), tokenizer, target) for text in texts]

    def one(self, model: Any, encoded: Any, tokenizer: Any, target: int) -> Tensor:
        ids, table = encoded.pop("input_ids"), model.get_input_embeddings()
        with torch.no_grad():
            x, start = table(ids), table(scores.blank(ids, tokenizer))
        total = torch.zeros_like(x)
        for alpha in torch.rand(20):
            point = (start + alpha * (x - start)).requires_grad_()
            value = model(inputs_embeds=point, **encoded).logits[0, target]
            total += torch.autograd.grad(value, point)[0] * (x - start) / 20
        return total.sum(-1)[0]


@pytest.mark.night
def test_right_sampler_passes_on_average() -> None:
    LAWS["scores_on_average"](WORDS, Sampler())


def test_sampler_is_asked_no_law_of_exact_scores() -> None:
    for name in ("score_values", "same_text_twice", "scores_in_company"):
        with pytest.raises(NotApplicable, match="samples"):
            LAWS[name](WORDS, Sampler())


def test_baseline_that_is_ignored_fails() -> None:
    with pytest.raises(LAWS["baseline_matters"].violation, match=r"\[MASK\]"):
        LAWS["baseline_matters"](WORDS, Changed(unchanged, baseline="mask"))


def test_declaration_with_an_unknown_word_raises_an_error() -> None:
    with pytest.raises(ValueError, match=r"output must be one of 'logit', .*; got 'logits'"):
        Declaration(source="nowhere", families=("bert",), output="logits")


def test_subject_without_families_here_is_asked_nothing() -> None:
    with pytest.raises(NotApplicable, match="no small model for texts of t5"):
        LAWS["score_values"](WORDS, Changed(unchanged, families=("t5",)))


def test_texts_need_as_many_seconds() -> None:
    with pytest.raises(ValueError, match="as many seconds"):
        Texts(texts=("a", "b"), seconds=("a",))
