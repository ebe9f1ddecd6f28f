"""Bags of tokens, and small models asked at any of their modules: for laws about a call, not about a model."""

from __future__ import annotations

from hypothesis import strategies as st

from reference.models.bag import TinyBag
from reference.models.bert import FAMILY as BERT
from reference.models.family import Family
from reference.problem import Call, Problem, Tokens
from strategies.baselines import baselines
from strategies.calls import DEFAULT_FIRST, DTYPES, targets
from strategies.grids import cut, grids, grids_if_any
from strategies.models import tiny_models
from strategies.problems import problems


@st.composite
def bag_problems(draw: st.DrawFn, method: str | None, *, layers: tuple[str | None, ...]) -> Problem:
    """A bag, two or three examples of two to four tokens, two or three steps, asked at one of `layers` (None for IG).

    Nothing is 1 that could be taken for something else. Shrinks to two of each.
    """
    model = TinyBag(
        vocab=draw(st.integers(2, 5), label="vocab"),
        hidden=draw(st.integers(2, 4), label="hidden"),
        labels=draw(st.integers(2, 3), label="labels"),
        weight_seed=draw(st.integers(0, 2**16), label="weight seed"),
    )
    batch, length = draw(st.integers(2, 3), label="batch"), draw(st.integers(2, 4), label="length")
    ids = cut(draw(grids(model.vocab - 1), label="ids"), batch=batch, length=length)
    baseline = draw(baselines(model.vocab, special=(), vectors=False), label="baseline")(ids)
    mask = draw(grids_if_any(1), label="mask")
    data = Tokens(ids=ids, baseline=baseline, mask=mask and cut(mask, batch=batch, length=length))
    call = Call(
        method=method or draw(st.sampled_from(DEFAULT_FIRST), label="method"),
        n_steps=draw(st.integers(2, 3), label="n_steps"),
        target=draw(targets(shape=(model.labels,), batch=batch), label="target"),
        dtype=draw(st.sampled_from(DTYPES), label="dtype"),
        layer=draw(st.sampled_from(layers), label="layer"),
    )
    return Problem(model=model, data=data, call=call)


def compiled_bag(method: str | None) -> st.SearchStrategy[Problem]:
    """One bag, with each method: to compile it takes a hundred times as long as everything else."""
    data = Tokens(ids=((0, 1), (2, 0)), baseline=((1, 2), (0, 1)))
    methods = st.sampled_from(DEFAULT_FIRST) if method is None else st.just(method)
    return methods.map(
        lambda chosen: Problem(model=TinyBag(), data=data, call=Call(method=chosen, n_steps=3, layer="inner"))
    )


@st.composite
def module_problems(draw: st.DrawFn, method: str | None, family: Family = BERT) -> Problem:
    """A small model with any head, asked on inputs_embeds, at its embeddings, or at any module inside."""
    models = tiny_models(family=family, heads=st.sampled_from(family.row_by_row), layers=st.integers(1, 2))
    problem = draw(problems(method=method, models=models, most_steps=6, longest=4, most_examples=3, inner=True))
    parts = problem.model.parts()
    named = [place.name for place in (parts.embeddings, parts.norm_input) if place]
    layer = st.sampled_from((None, *named, problem.call.layer))
    return problem.asking(layer=draw(layer, label="layer"))
