"""Problems on one fixed model: the laws that make sense for it, and what each needs of tokens and call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

from hypothesis import strategies as st

from reference.laws import Law
from reference.models.saved_transformer import SavedTransformer
from reference.problem import Ids, Problem
from strategies.information import finite, moving
from strategies.problems import problems
from strategies.ways import STEPS, with_mask

Drawing = Callable[[SavedTransformer, Ids | None], st.SearchStrategy[Problem]]


def with_tokens(problem: Problem, ids: Ids) -> Problem:
    """The same call on the user's own tokens: the baseline keeps the special ones, and has one token elsewhere."""
    family, target = problem.model.family, cast(Any, problem.call.target)
    special = () if family.causal else (0, len(ids[0]) - 1)  # an encoder's tokenizer frames the text
    other = (ids[0][0] + 1) % problem.model.vocab if family.by_pad else family.pad
    baseline = tuple(own if place in special else other for place, own in enumerate(ids[0]))
    data = replace(problem.data, ids=ids, baseline=(baseline,), mask=None, types=None, positions=None)
    one_number = len(problem.model.output_shape(1)) == 1
    if isinstance(target, tuple) and (one_number or isinstance(target[0], tuple)):
        target = target[0]
    if isinstance(target, tuple):
        target = (target[0] % len(ids[0]), *target[1:])  # the first index is a token
    return replace(problem, data=data).asking(target=target)


def tokens(model: SavedTransformer, ids: Ids | None, **options: Any) -> st.SearchStrategy[Problem]:
    """Batches of the model's own vocabulary; half of the time the user's own text, if there is one."""
    limits = {"longest": 8, "most_examples": 3, "most_steps": 8}
    found = problems(models=st.just(model), **{**limits, **options})
    if ids is not None:
        found = found | found.map(lambda problem: with_tokens(problem, ids))
    return found.map(moving).map(finite)


def by_ids(model: SavedTransformer, ids: Ids | None) -> st.SearchStrategy[Problem]:
    """With token ids at both ends."""
    return tokens(model, ids, vectors=False)


@st.composite
def anywhere(draw: st.DrawFn, model: SavedTransformer, ids: Ids | None) -> Problem:
    """On inputs_embeds, at the embeddings or at the first layer."""
    parts = model.parts()
    layers = [None if layer is None else layer.name for layer in (None, parts.embeddings, *parts.layers[:1])]
    layer = draw(st.sampled_from(layers), label="layer")
    return draw(tokens(model, ids)).asking(layer=layer, n_steps=draw(STEPS, label="n_steps"))


@st.composite
def in_chunks(draw: st.DrawFn, model: SavedTransformer, ids: Ids | None) -> Problem:
    """In chunks of one row, or more, to one more than there are."""
    problem = draw(anywhere(model, ids))
    chunk = draw(st.integers(1, problem.data.batch * problem.call.n_steps + 1), label="internal_batch_size")
    return problem.asking(internal_batch_size=chunk)


def padded(model: SavedTransformer, ids: Ids | None) -> st.SearchStrategy[Problem]:
    """With attention that a masked tail leaves finite. A decoder gets a mask."""
    found, family = anywhere(model, ids), model.family
    return found.map(partial(with_mask, family=family)) if family.causal or family.masks_queries else found


ON_A_MODEL: dict[str, Drawing] = {
    "input_attribution": tokens,
    "layer_attribution": tokens,
    "input_delta": tokens,
    "layer_delta": tokens,
    "same_function": by_ids,
    "word_embeddings_agree_with_inputs_embeds": by_ids,
    "embeddings_agree_with_the_rest_of_the_model": tokens,
    "norm_input_agrees_with_inputs_embeds": tokens,
    "chunks": in_chunks,
    "rows_of_a_chunk": in_chunks,
    "batch_is_its_examples": anywhere,
    "order_of_examples": anywhere,
    "padding": padded,
    "same_call_twice": anywhere,
    "model_unchanged": anywhere,
    "arguments_unchanged": anywhere,
    "shared_state_unchanged": anywhere,
    "attribution_without_graph": anywhere,
}
"""Laws that make sense for one model: value, deltas, one function, chunks, batches, padding, repetition, purity."""


def why_not(law: Law, model: SavedTransformer) -> str | None:
    """Why the law is not tried on the model, or None if it is."""
    family, head = model.family, model.head
    if law.name in ON_A_MODEL:
        if law.name == "padding" and head not in family.unpadded_heads:
            return f"the head {head!r} reads another position of a padded row"
        if law.name == "norm_input_agrees_with_inputs_embeds" and family.norm is None:
            return f"the embeddings of {family.name} have no norm"
        return None
    return {
        "rule": "it is about rules, without a model",
        "errors": "it is about errors of a call, whatever the model",
        "stack": "it compares torch with NumPy, on models that are generated",
        "scores": "it is about tools that score texts",
    }.get(law.group, "it needs models, variants or forwards that are made for it")


def fixed(model: SavedTransformer, law: Law, ids: Ids | None = None) -> st.SearchStrategy[Problem]:
    """The problems of a law on the model."""
    return ON_A_MODEL[law.name](model, ids)
