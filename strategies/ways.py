"""Problems about ways of calling: small, because their laws are not about size, and asked in different places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st

from reference.models.bert import HEADS
from reference.models.versions import LAYER_END
from reference.problem import Problem
from strategies.bags import bag_problems
from strategies.models import IN_HALF_PRECISION, tiny_berts
from strategies.shaped import cut_to, small

ONE = st.just(1)

STEPS = st.sampled_from((2, 5, 6, 7))
"""The laws are not about steps."""

STRUCTURED = st.sampled_from(("token", "hidden"))
"""Heads that give a table of numbers for each example."""

WITHOUT_DROPOUT = tiny_berts(layers=ONE).map(lambda model: replace(model, hidden_dropout=0.0, attention_dropout=0.0))


@st.composite
def anywhere(draw: st.DrawFn, /, method: str | None, **limits: Any) -> Problem:
    """A BERT asked on inputs_embeds, at its embeddings or at its first encoder layer."""
    problem = draw(small(method, **{"models": tiny_berts(layers=ONE), **limits}))
    prefix = HEADS[problem.model.head].prefix
    layer = draw(st.sampled_from((None, prefix + "embeddings", f"{prefix}encoder.layer.0{LAYER_END}")), label="layer")
    return problem.asking(layer=layer, n_steps=draw(STEPS, label="n_steps"))


@st.composite
def chunked_bags(draw: st.DrawFn, /, method: str | None) -> Problem:
    """A bag, also of one example, in chunks of one row, or more, to one more than there are; two steps, or more."""
    problem = draw(bag_problems(method, layers=(None, "table", "inner")))
    if draw(st.booleans(), label="one example"):
        problem = cut_to(problem, batch=1, length=problem.data.length)
    n_steps = draw(st.integers(2, 7), label="n_steps")
    chunk = draw(st.integers(1, problem.data.batch * n_steps + 1), label="internal_batch_size")
    return problem.asking(n_steps=n_steps, internal_batch_size=chunk)


@st.composite
def with_one_token(draw: st.DrawFn, /, method: str | None) -> Problem:
    """The baseline is one token in every place of every example; what a place is called is left to the model."""
    problem = draw(anywhere(method, vectors=False, shortest=2))
    data = problem.data
    token = draw(st.sampled_from(data.baseline[0]), label="token")
    blank = ((token,) * data.length,) * data.batch
    return replace(problem, data=replace(data, baseline=blank, types=None, positions=None))


WAYS: dict[str, Callable[[str | None], st.SearchStrategy[Problem]]] = {
    "anywhere": anywhere,
    "chunked_bags": chunked_bags,
    "one_token": with_one_token,
    "structured": lambda method: anywhere(method, models=tiny_berts(layers=ONE, heads=STRUCTURED)),
    "typed": lambda method: anywhere(
        method,
        models=tiny_berts(layers=ONE, activations=IN_HALF_PRECISION),
        dtypes=st.sampled_from(("float64", "float32", "bfloat16")),
    ),
    "two_tables": partial(small, vectors=False),
    "without_dropout": lambda method: anywhere(method, models=WITHOUT_DROPOUT),
}
