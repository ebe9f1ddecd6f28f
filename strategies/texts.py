"""Texts for tools that score them: words of the letters a, b and c, for tiny models of the subject's families."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from reference.models.texts import LETTERS, Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem
from strategies.information import A_TEXT
from strategies.needs import Domain

WORDS = st.text(alphabet=LETTERS, min_size=1, max_size=2)
"""One letter is one token."""


@st.composite
def sentences(draw: st.DrawFn, *, fewest_words: int = 1, most_words: int = 3) -> str:
    """Words, separated by one space: at most two tokens each. Shrinks to "a" for each word."""
    return " ".join(draw(st.lists(WORDS, min_size=fewest_words, max_size=most_words)))


@st.composite
def text_problems(draw: st.DrawFn, *, examples: int = 1, in_pairs: bool = False, dropout: float = 0.0) -> Problem:
    """So many texts, or pairs of texts, a model of one of the subject's families, and a target: in float32.

    All tools are used in float32. Texts of one problem have several lengths. One text alone has two words at least: the
    score of one token, divided by itself, says nothing.
    """
    labels = draw(st.integers(2, 3), label="labels")
    model = TinyText(
        which=draw(st.integers(0, 3), label="which family"),
        head_size=draw(st.sampled_from((4, 6)), label="head size"),
        heads=draw(st.integers(1, 2), label="heads"),
        layers=draw(st.integers(1, 2), label="layers"),
        labels=labels,
        dropout=dropout,
        weight_seed=draw(st.integers(0, 2**16), label="weight seed"),
        weight_scale=draw(st.sampled_from((1.0, 0.5)), label="weight scale"),
    )
    several = in_pairs or examples > 1
    texts = [draw(sentences(most_words=1) if several else sentences(fewest_words=2), label="text")]
    while len(texts) < examples:
        texts.append(f"{texts[-1]} {draw(WORDS, label='one more word')}")
    data = Texts(
        texts=tuple(texts),
        seconds=tuple(draw(sentences(most_words=2), label="second") for _ in texts) if in_pairs else None,
        answer=draw(sentences(most_words=2), label="answer"),
    )
    target = draw(st.integers(0, labels - 1), label="target")
    return Problem(model=model, data=data, call=Call(target=target, dtype="float32"))


def of_texts(**options: Any) -> Domain:
    """Problems of texts. No method is passed to the subject, and the model is of a family that the subject declares."""
    return Domain(lambda method, family: text_problems(**options), of_family=False, texts=True, gives=(A_TEXT,))


TEXTS: dict[str, Domain] = {
    "texts": of_texts(),
    "texts_with_dropout": of_texts(dropout=0.5),
    "several_texts": of_texts(examples=3),
    "pairs": of_texts(in_pairs=True),
}
