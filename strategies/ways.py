"""Problems about ways of calling: small, because their laws are not about size, and asked in different places."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import strategies as st

from reference.models.bert import FAMILY as BERT
from reference.models.family import Family
from reference.problem import Problem
from strategies.bags import bag_problems
from strategies.models import IN_HALF_PRECISION, first_head, tiny_models
from strategies.needs import Domain, without_family
from strategies.shaped import cut_to, small

ONE = st.just(1)

STEPS = st.sampled_from((2, 5, 6, 7))
"""The laws are not about steps."""

STRUCTURED = st.sampled_from(("token", "hidden"))
"""Heads that give a table of numbers for each example."""


@st.composite
def anywhere(draw: st.DrawFn, /, method: str | None, family: Family = BERT, **limits: Any) -> Problem:
    """A model asked on inputs_embeds, at its embeddings or at its first layer."""
    problem = draw(small(method, family, **{"models": tiny_models(family=family, layers=ONE), **limits}))
    parts = problem.model.parts()
    layer = draw(st.sampled_from((None, parts.embeddings.name, parts.layers[0].name)), label="layer")
    return problem.asking(layer=layer, n_steps=draw(STEPS, label="n_steps"))


def structured(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """With an output per token."""
    return anywhere(method, family, models=tiny_models(family=family, layers=ONE, heads=STRUCTURED))


def padded(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """With a head that reads the same positions of a longer row, and attention that a masked tail leaves finite.

    Decoders that get positions without a mask take a row for several texts: they get a mask. If masked positions read
    all others alike, they read the tail, too: then no own token is masked.
    """
    head = first_head(family)
    heads = st.just(head) if head in family.unpadded_heads else st.sampled_from(family.unpadded_heads)
    found = anywhere(method, family, models=tiny_models(family=family, layers=ONE, heads=heads))
    if not (family.narrows or family.causal or family.masks_queries):
        return found

    def attending(problem: Problem) -> Problem:
        attention = family.attentions[-1] if family.narrows or family.causal else problem.model.attention
        return replace(with_mask(problem, family), model=replace(problem.model, attention=attention))

    return found.map(attending)


def with_mask(problem: Problem, family: Family) -> Problem:
    """The problem with a mask: its own, or one that shows all tokens."""
    data = problem.data
    own = None if family.masks_queries else data.mask
    return replace(problem, data=replace(data, mask=own or ((1,) * data.length,) * data.batch))


def typed(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """In float64, float32 and bfloat16."""
    models = tiny_models(family=family, layers=ONE, activations=IN_HALF_PRECISION)
    return anywhere(method, family, models=models, dtypes=st.sampled_from(("float64", "float32", "bfloat16")))


def without_dropout(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """With dropout of probability 0."""
    models = tiny_models(family=family, layers=ONE)
    none = models.map(lambda model: replace(model, hidden_dropout=0.0, attention_dropout=0.0))
    return anywhere(method, family, models=none)


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
def with_one_token(draw: st.DrawFn, /, method: str | None, family: Family = BERT) -> Problem:
    """The baseline is one token in every place of every example; positions, types and mask are left to the model."""
    problem = draw(anywhere(method, family, vectors=False, masked=False, shortest=2))
    data = problem.data
    token = draw(st.sampled_from(data.baseline[0]), label="token")
    blank = ((token,) * data.length,) * data.batch
    return replace(problem, data=replace(data, baseline=blank, types=None, positions=None))


WAYS: dict[str, Domain] = {
    "anywhere": Domain(anywhere),
    "chunked_bags": without_family(chunked_bags),
    "one_token": Domain(with_one_token),
    "padded": Domain(padded),
    "structured": Domain(structured, needs=("an output per token",)),
    "typed": Domain(typed),
    "two_tables": Domain(partial(small, vectors=False), needs=("token types",)),
    "without_dropout": Domain(without_dropout),
}
