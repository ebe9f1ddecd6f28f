"""Problems about ways of calling: small, because their laws are not about size, and asked in different places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st

from reference.bert import HEADS
from reference.problem import Problem, Vectors
from strategies.models import tiny_berts
from strategies.shaped import small

ONE = st.just(1)

FEW_STEPS = st.sampled_from((2, 5, 6, 7))
"""The oracle takes up to four steps one by one: to be quick, take two, or all in one batch."""

STRUCTURED = st.sampled_from(("sequence", "token", "hidden"))
"""Heads with one number, or a table of numbers, for each example."""

WITHOUT_DROPOUT = tiny_berts(layers=ONE).map(lambda model: replace(model, hidden_dropout=0.0, attention_dropout=0.0))


@st.composite
def anywhere(draw: st.DrawFn, /, method: str | None, *, chunked: bool = False, **limits: Any) -> Problem:
    """Asked on inputs_embeds, at the embeddings or at the first encoder layer; `chunked` in chunks of any size."""
    problem = draw(small(method, **{"models": tiny_berts(layers=ONE), **limits}))
    prefix = HEADS[problem.model.head].prefix
    layer = draw(st.sampled_from((None, prefix + "embeddings", prefix + "encoder.layer.0")), label="layer")
    problem = problem.asking(layer=layer, n_steps=draw(FEW_STEPS, label="n_steps"))
    everything = problem.data.batch * problem.call.n_steps
    chunk = draw(st.integers(1, everything + 1), label="internal_batch_size") if chunked else None
    return problem.asking(internal_batch_size=chunk)


@st.composite
def with_one_baseline(draw: st.DrawFn, /, method: str | None, *, one_token: bool = False, **limits: Any) -> Problem:
    """One baseline for all examples: one token everywhere, or also any row of tokens, or the zero vector."""
    problem = draw(anywhere(method, vectors=False, **limits))
    batch, row = problem.data.batch, problem.data.baseline[0]
    blank = (draw(st.sampled_from(row), label="token"),) * len(row)
    rows = st.just(blank) if one_token else st.just(blank) | st.just(row) | st.none()
    chosen = draw(rows, label="baseline")
    baseline = Vectors(scale=0.0) if chosen is None else (chosen,) * batch
    return replace(problem, data=replace(problem.data, baseline=baseline))


WAYS: dict[str, Callable[[str | None], st.SearchStrategy[Problem]]] = {
    "anywhere": anywhere,
    "chunked": partial(anywhere, chunked=True),
    "one_baseline": with_one_baseline,
    "one_token_baseline": partial(with_one_baseline, one_token=True, shortest=2),
    "without_dropout": lambda method: anywhere(method, models=WITHOUT_DROPOUT, chunked=True),
    "typed": lambda method: anywhere(method, dtypes=st.sampled_from(("float64", "float32", "bfloat16"))),
    "structured": lambda method: anywhere(method, models=tiny_berts(layers=ONE, heads=STRUCTURED)),
    "two_tables": lambda method: small(method, vectors=False),
}
