"""Problems about decoders, and about ids that reach the output by more than one path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from reference.models.bart import EOS, TinyBartClassifier
from reference.models.bert import FAMILY as BERT
from reference.models.family import Family
from reference.problem import Problem
from strategies.models import few_layers, smooth_models
from strategies.needs import Domain
from strategies.problems import problems
from strategies.tokens import without

ON_DECODERS = ("gpt2", "llama")
"""A run on BERT, to which laws of decoders do not apply, tries these."""

ONE_FUNCTION = ("causal", "token", "hidden")
"""Heads of decoders that read the position which the target names."""


def small_decoders(method: str | None, family: Family, **options: Any) -> st.SearchStrategy[Problem]:
    """Few tokens, examples and steps."""
    return problems(method=method, **{"longest": 5, "most_examples": 2, "most_steps": 8, **options})


def positions_of_decoders(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """A decoder asked about one position: there may be others before it, and behind it. Each row's first is shown.

    Eager attention of a position that sees masked tokens only is uniform, over later tokens too.
    """

    def shown(problem: Problem) -> Problem:
        mask = problem.data.mask and tuple((1, *row[1:]) for row in problem.data.mask)
        return replace(problem, data=replace(problem.data, mask=mask))

    heads = [name for name in ONE_FUNCTION if name in family.heads]
    models = few_layers(family, heads=st.sampled_from(heads))
    return small_decoders(method, family, models=models, shortest=2).map(shown)


def generated(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """A language model, and rows of which the last two tokens are its output; the path integral converges."""

    def from_the_start(problem: Problem) -> Problem:
        """The first token moves: all outputs read it."""
        return problem.asking(target=(0, 0))

    models = smooth_models(family, layers=st.just(1), heads=st.just("causal"))
    found = small_decoders(method, family, models=models, shortest=3, vectors=False, masked=False)
    return found.map(from_the_start)


def prefixed(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """A language model, and rows without a mask and with the model's own positions."""

    def bare(problem: Problem) -> Problem:
        return replace(problem, data=replace(problem.data, positions=None))

    models = few_layers(family, heads=st.just("causal"))
    return small_decoders(method, family, models=models, masked=False, vectors=False).map(bare)


def padded_on_the_left(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """A classifier of the last token, and rows without PAD, all of whose tokens are shown."""

    def shown(problem: Problem) -> Problem:
        data, pad, vocab = problem.data, family.pad, problem.model.vocab
        made = replace(
            data,
            ids=without(data.ids, pad, vocab),
            baseline=without(data.baseline, pad, vocab),
            mask=((1,) * data.length,) * data.batch,
        )
        return replace(problem, data=made)

    models = few_layers(family, heads=st.just("sequence"))
    return small_decoders(method, family, models=models, vectors=False).map(shown)


def smooth_ids(method: str | None, family: Family, **options: Any) -> st.SearchStrategy[Problem]:
    """The path integral converges, and the baseline is ids."""
    models = smooth_models(family, layers=st.integers(1, 2))
    return small_decoders(method, family, models=models, vectors=False, **options)


def covered(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """A family of several tables, all of which may move, or BART's classifier, whose two tables read the same ids."""
    if family.name != "bart":
        return smooth_ids(method, family, joint=True)

    def classified(problem: Problem, target: int) -> Problem:
        data, vocab = problem.data, problem.model.vocab

        def ended(rows: Any) -> Any:
            return tuple((*row[:-1], EOS) for row in without(rows, EOS, vocab))

        ids, baseline = ended(data.ids), ended(data.baseline)
        moved = tuple(
            (0 if other[0] else 1, *own[1:]) if own[0] == other[0] else own
            for own, other in zip(ids, baseline, strict=True)
        )
        made = replace(data, ids=moved, baseline=baseline, mask=None)
        return replace(problem, model=TinyBartClassifier(model=problem.model), data=made).asking(target=target)

    return st.builds(classified, smooth_ids(method, family, shortest=2), st.integers(0, 1))


def ids_with_pad(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """Any head and batch; the baseline is ids."""
    models = few_layers(family, heads=st.sampled_from(family.row_by_row))
    return small_decoders(method, family, models=models, vectors=False)


DECODERS: dict[str, Domain] = {
    "positions_of_decoders": Domain(positions_of_decoders, needs=("a decoder",), instead=ON_DECODERS),
    "generated": Domain(generated, needs=("a decoder",), instead=ON_DECODERS),
    "prefixed": Domain(prefixed, needs=("a decoder",), instead=ON_DECODERS),
    "padded_on_the_left": Domain(padded_on_the_left, needs=("a decoder",), instead=ON_DECODERS),
    "smooth_ids": Domain(smooth_ids, needs=("a smooth head",), instead=(BERT.name, *ON_DECODERS)),
    "covered": Domain(covered, needs=("tables for all paths",), instead=(BERT.name, "roberta", "bart")),
    "ids_with_pad": Domain(ids_with_pad, instead=(BERT.name, "roberta", "gpt2")),
}
