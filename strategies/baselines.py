"""Baselines: one token everywhere, special tokens kept, random tokens, some of the input's own, or bare vectors."""

from __future__ import annotations

from hypothesis import strategies as st

from reference.bert import TinyBert
from reference.problem import Ids, Vectors
from strategies.models import CLS, MASK, PAD, SEP


@st.composite
def constant(draw: st.DrawFn, model: TinyBert, ids: Ids) -> Ids:
    """PAD, MASK or any one token in every place."""
    token = draw(st.sampled_from((PAD, MASK)) | st.integers(0, model.vocab - 1), label="baseline token")
    return tuple((token,) * len(row) for row in ids)


@st.composite
def keeping_special_tokens(draw: st.DrawFn, model: TinyBert, ids: Ids) -> Ids:
    """A constant, but CLS and SEP stay where they are: those tokens are equal at both ends."""
    blank = draw(constant(model, ids))
    return tuple(
        tuple(token if token in (CLS, SEP) else other for token, other in zip(*rows, strict=True))
        for rows in zip(ids, blank, strict=True)
    )


@st.composite
def partly_equal(draw: st.DrawFn, model: TinyBert, ids: Ids) -> Ids:
    """Random tokens, drawn place by place, or the input's own."""
    token = st.integers(0, model.vocab - 1)
    return tuple(tuple(draw(st.just(own) | token) for own in row) for row in ids)


def baselines(model: TinyBert, ids: Ids, *, vectors: bool = True) -> st.SearchStrategy[Ids | Vectors]:
    """Baselines for `ids`: never the zero vector, at which a LayerNorm's output jumps."""
    token_ids = constant(model, ids) | keeping_special_tokens(model, ids) | partly_equal(model, ids)
    in_space = st.builds(Vectors, seed=st.integers(0, 2**16), scale=st.sampled_from((1.0, 0.5)))
    return token_ids | in_space if vectors else token_ids
