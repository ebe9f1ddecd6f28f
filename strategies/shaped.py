"""Problems of a certain shape, made from any problem: what an axiom speaks of is there by construction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from reference.models.bert import FAMILY as BERT
from reference.models.family import Family
from reference.models.tiny import TinyTransformer
from reference.problem import Ids, Problem, Tokens
from strategies.grids import cut
from strategies.information import hidden_places, moving, put, reading, with_move
from strategies.models import few_layers
from strategies.problems import problems


def small(method: str | None, family: Family = BERT, **options: Any) -> st.SearchStrategy[Problem]:
    """Few tokens, examples and steps: the law is not about size."""
    narrow: dict[str, Any] = {"longest": 4, "most_examples": 3, "most_steps": 8}
    return problems(method=method, **{"models": few_layers(family), **narrow, **options})


def hiding(method: str | None, family: Family = BERT, **options: Any) -> st.SearchStrategy[Problem]:
    """The first example shows its first token and hides its last two, which move; a head reads one of those at most.

    A decoder's example hides its first two tokens, and the head reads the last one. If masked positions read all others
    alike, the head reads the first one.
    """

    def hide(problem: Problem) -> Problem:
        hidden, shown = hidden_places(family, problem.data.length)
        for place in hidden:
            problem = with_move(problem, 0, place, seen=False)
        if family.causal or family.masks_queries:
            problem = reading(problem, 0, shown)
        if family.causal and family.by_pad and problem.data.ids[0][shown] == family.pad:
            problem = _with(problem, ids=put(problem.data.ids, 0, shown, (family.pad + 1) % problem.model.vocab))
        return _with(problem, mask=put(problem.data.mask, 0, shown, 1))

    return small(method, family, shortest=3, longest=5, **options).map(hide)


def leaving_unread(method: str | None, family: Family = BERT, **options: Any) -> st.SearchStrategy[Problem]:
    """Each example has a position that the head does not read: the last one is hidden from a head that attends."""

    def leave(problem: Problem) -> Problem:
        if not family.heads[problem.model.head].attends:
            return problem
        for row in range(problem.data.batch):
            problem = with_move(problem, row, 0)
            problem = with_move(problem, row, problem.data.length - 1, seen=False)
        return problem

    return small(method, family, shortest=2, **options).map(leave)


def keeping_a_token(method: str | None, family: Family = BERT) -> st.SearchStrategy[Problem]:
    """The first token of each example is its own baseline, another one moves; positions and types are explicit."""

    def keep(problem: Problem) -> Problem:
        rows = zip(problem.data.ids, problem.data.baseline, strict=True)
        kept = _with(problem, baseline=tuple((own[0], *other[1:]) for own, other in rows))
        return _explicit(moving(kept, after=1))

    return small(method, family, shortest=2, vectors=False).map(keep)


def keeping_an_example(method: str | None, family: Family = BERT) -> st.SearchStrategy[Problem]:
    """The first example is its own baseline, and the others move."""

    def keep(problem: Problem) -> Problem:
        moved = moving(problem)
        return _with(moved, baseline=(moved.data.ids[0], *moved.data.baseline[1:]))

    return small(method, family, vectors=False, fewest_examples=2).map(keep)


def with_twins(method: str | None, family: Family = BERT) -> st.SearchStrategy[Problem]:
    """Each example's last two tokens, neither of them its first, agree in all: id, baseline, mask, type, position.

    They are seen, and move.
    """

    def twin(problem: Problem) -> Problem:
        explicit = _explicit(problem)
        for row in range(problem.data.batch):
            explicit = with_move(explicit, row, problem.data.length - 2)
        fields = ("ids", "baseline", "mask", "types", "positions")
        grids = {name: getattr(explicit.data, name) for name in fields if getattr(explicit.data, name) is not None}
        twins = {name: tuple((*row[:-1], row[-2]) for row in grid) for name, grid in grids.items()}
        return _with(explicit, **twins)

    return small(method, family, shortest=3, longest=5, vectors=False).map(twin)


def permutable(method: str | None, family: Family = BERT) -> st.SearchStrategy[Problem]:
    """At least two attention heads and two intermediate units: there is something to permute."""

    def widen(model: TinyTransformer) -> TinyTransformer:
        return replace(model, intermediate=model.intermediate + 1)

    shapes = st.tuples(st.integers(2, 4), st.integers(2, 3)).map(lambda drawn: (drawn[0] * drawn[1], drawn[1]))
    return small(method, family, models=few_layers(family, hidden_and_heads=shapes).map(widen))


def composite(method: str | None, family: Family = BERT) -> st.SearchStrategy[Problem]:
    """A rule that is a sum over equal intervals, at least four of them, so that both parts of a split have two."""

    def lengthen(problem: Problem) -> Problem:
        return problem.asking(n_steps=problem.call.n_steps + 3)

    rules = [method] if method else ["riemann_left", "riemann_right", "riemann_middle", "riemann_trapezoid"]
    return st.one_of([small(rule, family) for rule in rules]).map(lengthen)


def square(problem: Problem) -> Problem:
    """The same with as many examples as tokens: no size shows which dimension is the batch."""
    size = min(problem.data.batch, problem.data.length)
    return cut_to(problem, batch=size, length=size)


def cut_to(problem: Problem, *, batch: int, length: int) -> Problem:
    """The last `batch` examples, and the last `length` tokens of each, one of them unmasked; targets are kept."""
    grids = {name: cut(grid, batch=batch, length=length) for name, grid in vars(problem.data).items() if grid}
    if "mask" in grids:
        grids["mask"] = tuple(row if any(row) else (*row[:-1], 1) for row in grids["mask"])
    target = problem.call.target
    return _with(problem, **grids).asking(target=target[-batch:] if isinstance(target, tuple) else target)


def _everywhere(problem: Problem, value: int) -> Ids:
    data: Tokens = problem.data
    return ((value,) * data.length,) * data.batch


def _with(problem: Problem, **fields: Any) -> Problem:
    return replace(problem, data=replace(problem.data, **fields))


def _explicit(problem: Problem) -> Problem:
    """The model's own positions and types, spelt out as far as the family takes them."""
    counted = (tuple(range(problem.data.length)),) * problem.data.batch
    own = {"types": _everywhere(problem, 0), "positions": counted}
    family = problem.model.family
    taken = {"types": family.token_types, "positions": family.positions}
    return _with(problem, **{name: getattr(problem.data, name) or own[name] for name in own if taken[name]})
