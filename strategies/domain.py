"""Which law needs which problems: a law names its domain, a domain is a strategy for one method (or any).

The domain is part of the law: where a statement needs a smooth path, a bent one or token ids at both ends, the
problems have them by construction, and nothing is filtered away in silence.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st

from reference.laws import Law
from reference.models.bert import FAMILY as BERT
from reference.models.family import Family
from reference.models.variants import CALLS, STRUCTURES
from reference.models.versions import CANNOT_COMPILE
from reference.problem import Problem
from strategies.bags import bag_problems, compiled_bag, module_problems
from strategies.decoders import DECODERS
from strategies.information import EVERY_ROW_MOVES, showing_two
from strategies.models import HALVES, IN_HALF_PRECISION, few_layers, smooth_heads, smooth_models, tiny_models
from strategies.needs import Domain, without_family
from strategies.patched import PATCHED
from strategies.problems import problems, rule_problems
from strategies.shaped import (
    composite,
    cut_to,
    hiding,
    keeping_a_token,
    keeping_an_example,
    leaving_unread,
    permutable,
    small,
    square,
    with_twins,
)
from strategies.texts import TEXTS
from strategies.ways import WAYS
from strategies.whole_calls import every_row, whole_calls


def any_head(family: Family) -> st.SearchStrategy[str]:
    """Any but a multiple choice, whose layers hold a row for each choice."""
    return st.sampled_from(family.row_by_row)


def heads(method: str | None, family: Family, **options: Any) -> st.SearchStrategy[Problem]:
    """Any head whose layers hold one row for each example."""
    return problems(method=method, models=tiny_models(family=family, heads=any_head(family)), **options)


def inner(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """At any module inside a layer: the queries and keys of one token alone have no attribution."""
    return heads(method, family, inner=True, shortest=2).map(showing_two)


def every_head(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """Any head, a multiple choice too."""
    return problems(method=method, models=tiny_models(family=family, heads=st.sampled_from(tuple(family.heads))))


def affine(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """On models whose embeddings are an affine map."""
    models = tiny_models(family=family, variants=st.just("affine_embedding_norm"))
    return problems(method=method, models=models, vectors=False)


def smooth(method: str | None, family: Family, *variants: str) -> st.SearchStrategy[Problem]:
    """The path integral converges: smooth activations and head, and no norm close to its singularity."""
    models = smooth_models(family, variants=st.sampled_from(variants or ("unmodified",)))
    return problems(method=method, models=models, longest=5, most_examples=2)


def bent(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
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
    models = tiny_models(family=family, heads=smooth_heads(family))
    found = problems(
        method=method, models=models, shortest=2, most_examples=1, vectors=False, masked=False, dtypes=double
    )
    return found.map(moving_two)


def varied(*variants: str, layers: int = 1, **options: Any) -> Domain:
    """Small problems on the named variants, with at least so many layers.

    Hypothesis draws one problem in four afresh and varies it: of fifty problems, up to 33 were on one variant of ten.
    So the numbers of the problem turn the list of variants, and each problem begins at another one.
    """

    def turned(problem: Problem) -> Problem:
        model, data = problem.model, problem.data
        turns = model.weight_seed + problem.call.n_steps + sum(map(sum, data.ids)) + data.batch + data.length - 3
        variant = variants[(variants.index(model.variant) + turns) % len(variants)]
        return replace(problem, model=replace(model, variant=variant))

    def draw(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
        models = tiny_models(family=family, variants=st.sampled_from(variants), layers=st.integers(layers, 2))
        found = problems(method=method, models=models, longest=5, most_examples=3, most_steps=8, **options)
        return found.map(turned)

    return Domain(draw, variants=variants)


def length_first(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """Any lengths and batches, every other time as many tokens as examples; by Gauss–Legendre four times in five of one
    step, where there is nothing to stack along the wrong dimension: else Captum would fail on each problem.
    """
    found = varied("length_first", vectors=False, masked=False)(method, family)
    several = found | found.map(square)
    if method != "gausslegendre":
        return several
    one = found.map(lambda problem: problem.asking(n_steps=1))
    return st.one_of(several, one, one, one, one, one, one, one, one)


bags_anywhere = partial(bag_problems, layers=(None, "table", "inner:input", "inner"))


def bags_of_any_length(method: str | None) -> st.SearchStrategy[Problem]:
    """Every other time of one token, where one row for all examples looks like one token for all places."""
    found = bags_anywhere(method)
    return found | found.map(lambda problem: cut_to(problem, batch=problem.data.batch, length=1))


def choosing(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """A multiple choice, asked at any of its modules."""
    models = tiny_models(family=family, heads=st.just("choice"))
    found = problems(method=method, models=models, shortest=4, longest=8, most_steps=8, inner=True)
    return found.map(showing_two)


def half(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """In half precision."""
    models = tiny_models(family=family, activations=IN_HALF_PRECISION)
    return problems(method=method, models=models, most_steps=8, longest=6, dtypes=st.sampled_from(HALVES))


def any_call(*, layers: bool) -> Domain:
    """Small nets under a set of options of IG, or of LIG."""
    return Domain(
        lambda method, family: whole_calls(method, layers=layers),
        of_family=False,
        around=lambda method: {
            problem: whole_calls(method, layers=layers, row=row) for problem, row in every_row(layers, method).items()
        },
    )


DOMAINS: dict[str, Domain] = {
    "bags": without_family(partial(bag_problems, layers=(None, "table", "inner"))),
    "bags_anywhere": without_family(bags_anywhere),
    "bags_of_any_length": without_family(bags_of_any_length),
    "bags_by_embeddings": without_family(partial(bag_problems, layers=(None,))),
    "compiled": without_family(compiled_bag, few=True, missing=CANNOT_COMPILE),
    "bags_at_layers": without_family(partial(bag_problems, layers=("table", "inner"))),
    "modules": Domain(module_problems),
    "rule": without_family(lambda method: rule_problems(method=method), gives=("no model",)),
    "short_rules": without_family(lambda method: rule_problems(method=method, most_steps=2), gives=("no model",)),
    "input_calls": any_call(layers=False),
    "layer_calls": any_call(layers=True),
    "tokens": Domain(lambda method, family: problems(method=method, family=family)),
    "ids": Domain(lambda method, family: problems(method=method, family=family, vectors=False)),
    "smooth": Domain(smooth, needs=("a smooth head",)),
    "smooth_or_masking": Domain(
        lambda method, family: smooth(method, family, "unmodified", "mask_from_ids"),
        needs=("a smooth head",),
        variants=("mask_from_ids",),
    ),
    "bent": Domain(bent, needs=("a smooth head", "a norm of embeddings"), gives=(EVERY_ROW_MOVES, "two tokens move")),
    "normed": Domain(lambda method, family: problems(method=method, family=family), needs=("a norm of embeddings",)),
    "short": Domain(lambda method, family: problems(method=method, family=family, most_steps=8, longest=6)),
    "affine": Domain(affine, variants=("affine_embedding_norm",)),
    "heads": Domain(heads),
    "every_head": Domain(every_head),
    "in_numpy": Domain(every_head, needs=("a NumPy twin",), instead=("bert", "gpt2", "llama")),
    "choices": Domain(choosing, needs=("choices",), gives=(EVERY_ROW_MOVES, "two visible tokens")),
    "half": Domain(half),
    "inner": Domain(inner, gives=(EVERY_ROW_MOVES, "two visible tokens")),
    "structures": varied(*STRUCTURES),
    "calls": varied(*CALLS),
    "length_first": Domain(length_first, variants=("length_first",)),
    "tied": varied("tied_layers", layers=2),
    "in_place": varied("doubled_in_place"),
    "checkpointed": varied("checkpointed"),
    "joint": Domain(
        lambda method, family: problems(method=method, family=family, vectors=False, joint=True),
        needs=("several tables", "tables that meet"),
    ),
    **WAYS,
    **DECODERS,
    "small": Domain(small),
    "small_smooth": Domain(
        lambda method, family: small(method, family, models=few_layers(family, heads=smooth_heads(family))),
        needs=("a smooth head",),
    ),
    "leaving_unread": Domain(
        lambda method, family: leaving_unread(method, family, models=few_layers(family, heads=any_head(family))),
        gives=(EVERY_ROW_MOVES, "an unread position"),
    ),
    "hiding": Domain(
        lambda method, family: hiding(method, family, models=few_layers(family, heads=any_head(family))),
        gives=(EVERY_ROW_MOVES, "hidden tokens move"),
    ),
    "keeping_a_token": Domain(keeping_a_token, gives=(EVERY_ROW_MOVES, "an equal token")),
    "keeping_an_example": Domain(keeping_an_example, gives=("an equal example", "two examples")),
    "with_twins": Domain(
        with_twins, needs=("positions", "order in positions alone"), gives=(EVERY_ROW_MOVES, "twins move")
    ),
    "permutable": Domain(permutable, needs=("units",)),
    "composite": Domain(composite),
    **TEXTS,
    **PATCHED,
}


def applies(law: Law, family: Family) -> str | None:
    """Why the law does not apply to the family, or None if it does."""
    return DOMAINS[law.domain].lacking(family)


@cache
def problems_for(law: Law, method: str | None = None, family: Family = BERT) -> st.SearchStrategy[Problem]:
    """The problems that `law` speaks of, all of one method if one is named, each in one of the law's cases.

    A problem without a model if the law does not apply to the family: the law is never tried on it.
    """
    if applies(law, family):
        return st.builds(Problem)
    found = DOMAINS[law.domain](method, family)
    if not law.cases:
        return found
    return st.builds(lambda problem, case: problem.asking(case=case), found, st.sampled_from(law.cases))
