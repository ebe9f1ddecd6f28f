"""Which law needs which problems: a law names its domain, a domain is a strategy for one method (or any).

The domain is part of the law: where a statement needs a smooth path, a bent one or token ids at both ends, the
problems have them by construction, and nothing is filtered away in silence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from hypothesis import strategies as st

from reference.laws import Law
from reference.models.bert import HEADS
from reference.models.variants import CALLS, STRUCTURES
from reference.problem import Problem
from strategies.bags import bag_problems, module_problems
from strategies.models import HALVES, IN_HALF_PRECISION, ROW_BY_ROW, SMOOTH, shapes, tiny_berts
from strategies.problems import problems, rule_problems
from strategies.shaped import (
    composite,
    cut_to,
    few_layers,
    hiding,
    keeping_a_token,
    keeping_an_example,
    moving_bags,
    permutable,
    small,
    square,
    with_twins,
)
from strategies.ways import WAYS

Domain = Callable[[str | None], st.SearchStrategy[Problem]]

EVERY_HEAD = st.sampled_from(tuple(HEADS))

ANY_HEAD = st.sampled_from(ROW_BY_ROW)


def smooth(method: str | None, *variants: str) -> st.SearchStrategy[Problem]:
    """The path integral converges: smooth activations, and no LayerNorm close to its singularity."""
    # From five units on, a random path misses the point where a LayerNorm's input has no spread: its codimension is 4.
    # On fewer units a large eps is not enough: LayerNorms in series multiply their slopes, up to 1/√eps each.
    named = st.sampled_from(variants or ("plain",))
    models = tiny_berts(hidden_and_heads=shapes(fewest_units=5), activations=SMOOTH, variants=named)
    return problems(method=method, models=models, longest=5, most_examples=2)


def bent(method: str | None) -> st.SearchStrategy[Problem]:
    """One example in which at least two tokens differ from their baseline, none hidden, in float64: a bend can show."""

    def moving_two(problem: Problem) -> Problem:
        """The same with another baseline token in the first two places, where it is the input's own."""
        data, vocab = problem.data, problem.model.vocab
        row = tuple(
            (other + (place < 2 and other == own)) % vocab
            for place, (own, other) in enumerate(zip(data.ids[0], data.baseline[0], strict=True))
        )
        return replace(problem, data=replace(data, baseline=(row,)))

    double = st.just("float64")
    found = problems(method=method, shortest=2, most_examples=1, vectors=False, masked=False, dtypes=double)
    return found.map(moving_two)


def varied(*variants: str, layers: int = 1, vectors: bool = True) -> Domain:
    """Small problems on the named variants, with at least so many encoder layers."""

    def domain(method: str | None) -> st.SearchStrategy[Problem]:
        models = tiny_berts(variants=st.sampled_from(variants), layers=st.integers(layers, 2))
        return problems(method=method, models=models, longest=5, most_examples=3, most_steps=8, vectors=vectors)

    return domain


def length_first(method: str | None) -> st.SearchStrategy[Problem]:
    """Any lengths and batches, every other time as many tokens as examples."""
    found = varied("length_first", vectors=False)(method)
    return found | found.map(square)


bags_anywhere = partial(bag_problems, layers=(None, "table", "inner:input", "inner"))


def bags_of_any_length(method: str | None) -> st.SearchStrategy[Problem]:
    """Every other time of one token, where one row for all examples looks like one token for all places."""
    found = bags_anywhere(method)
    return found | found.map(lambda problem: cut_to(problem, batch=problem.data.batch, length=1))


DOMAINS: dict[str, Domain] = {
    "bags": partial(bag_problems, layers=(None, "table", "inner")),
    "bags_anywhere": bags_anywhere,
    "bags_of_any_length": bags_of_any_length,
    "bags_by_embeddings": partial(bag_problems, layers=(None,)),
    "bags_at_layers": partial(bag_problems, layers=("table", "inner")),
    "modules": module_problems,
    "rule": lambda method: rule_problems(method=method),
    "short_rules": lambda method: rule_problems(method=method, most_steps=2),
    "tokens": lambda method: problems(method=method),
    "ids": lambda method: problems(method=method, vectors=False),
    "smooth": smooth,
    "smooth_or_masking": lambda method: smooth(method, "plain", "mask_from_ids"),
    "bent": bent,
    "short": lambda method: problems(method=method, most_steps=8, longest=6),
    "affine": lambda method: problems(
        method=method, models=tiny_berts(variants=st.just("affine_embedding_norm")), vectors=False
    ),
    "heads": lambda method: problems(method=method, models=tiny_berts(heads=ANY_HEAD)),
    "every_head": lambda method: problems(method=method, models=tiny_berts(heads=EVERY_HEAD)),
    "choices": lambda method: problems(
        method=method, models=tiny_berts(heads=st.just("choice")), shortest=2, longest=8, most_steps=8, inner=True
    ),
    "half": lambda method: problems(
        method=method,
        models=tiny_berts(activations=IN_HALF_PRECISION),
        most_steps=8,
        longest=6,
        dtypes=st.sampled_from(HALVES),
    ),
    "inner": lambda method: problems(method=method, models=tiny_berts(heads=ANY_HEAD), inner=True),
    "structures": varied(*STRUCTURES),
    "calls": varied(*CALLS),
    "length_first": length_first,
    "tied": varied("tied_layers", layers=2),
    "in_place": varied("doubled_in_place"),
    "checkpointed": varied("checkpointed"),
    "joint": lambda method: problems(method=method, vectors=False, joint=True),
    **WAYS,
    "small": small,
    "small_heads": lambda method: small(method, models=few_layers(heads=ANY_HEAD)),
    "hiding": lambda method: hiding(method, models=few_layers(heads=ANY_HEAD)),
    "keeping_a_token": keeping_a_token,
    "keeping_an_example": keeping_an_example,
    "with_twins": with_twins,
    "permutable": permutable,
    "composite": composite,
    "moving_bags": moving_bags,
}


@cache
def problems_for(law: Law, method: str | None = None) -> st.SearchStrategy[Problem]:
    """The problems that `law` speaks of, all of one method where one is named, each in one of the law's cases."""
    found = DOMAINS[law.domain](method)
    if not law.cases:
        return found
    return st.builds(lambda problem, case: problem.asking(case=case), found, st.sampled_from(law.cases))
