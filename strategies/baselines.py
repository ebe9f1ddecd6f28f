"""Baselines: one token everywhere, special tokens kept, random tokens, some of the input's own, or bare vectors."""

from __future__ import annotations

from hypothesis import strategies as st

from reference.bert import TinyBert
from reference.problem import Ids, Vectors
from strategies.grids import cut, grids
from strategies.models import CLS, SEP


@st.composite
def constant(draw: st.DrawFn, model: TinyBert, ids: Ids) -> Ids:
    """One token in every place: PAD, MASK or any other. Shrinks to 1, since ids shrink to 0."""
    token = draw(st.sampled_from((*range(1, model.vocab), 0)), label="baseline token")
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
    """Random tokens, drawn place by place, some of them the input's own. Shrinks to the next token everywhere."""
    steps = cut(draw(grids(model.vocab), label="steps to the baseline"), batch=len(ids), length=len(ids[0]))
    return tuple(
        tuple((own + step + 1) % model.vocab if step < model.vocab else own for own, step in zip(*rows, strict=True))
        for rows in zip(ids, steps, strict=True)
    )


def baselines(model: TinyBert, ids: Ids, *, vectors: bool = True) -> st.SearchStrategy[Ids | Vectors]:
    """Baselines for `ids`: never the zero vector, at which a LayerNorm's output jumps."""
    token_ids = constant(model, ids) | keeping_special_tokens(model, ids) | partly_equal(model, ids)
    in_space = st.builds(Vectors, seed=st.integers(0, 2**16), scale=st.sampled_from((1.0, 0.5)))
    return token_ids | in_space if vectors else token_ids
