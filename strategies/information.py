"""What a problem needs so that its law can fail: put into it by construction, and never filtered.

A domain names what it gives. Most give a move in every row: a token that no mask hides, and that differs from its
baseline. Hypothesis likes to repeat a draw, so without this many rows would stand still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from reference.models.family import Family, own_position
from reference.models.net_data import Numbers, values_of
from reference.problem import Ids, Problem, Tokens

EVERY_ROW_MOVES = "every row moves"

A_TEXT = "a text"
"""No letter of a text is a token of a declared baseline, so every token of a text moves."""


def moving(problem: Problem, after: int = 0) -> Problem:
    """The same, in which a visible token of each row, behind the first `after`, differs from its baseline.

    If none does, the id of the first visible token moves. If all are hidden, the first one is shown.
    """
    data = problem.data
    if not isinstance(data, Tokens):
        return problem
    for row in range(data.batch):
        places = _read_from(problem, row)[after:]
        if not places:
            continue
        shown = [place for place in places if _visible(problem, row)[place]]
        if not any(_differs(data, row)[place] for place in shown):
            problem = with_move(problem, row, (shown or places)[0])
    return problem


def with_move(problem: Problem, row: int, place: int, *, seen: bool = True) -> Problem:
    """The same with another id than the baseline's at one place, which the mask shows or hides.

    Vectors differ from every token, so the id stays, unless it is to be seen and the model hides it by itself.
    """
    data: Tokens = problem.data
    own, vocab = data.ids[row][place], problem.model.vocab
    changes: dict[str, Any] = {}
    if not _differs(data, row)[place] or (seen and own == _hidden_id(problem)):
        taken = (*_avoided(problem), data.baseline[row][place] if isinstance(data.baseline, tuple) else None)
        others = ((own + step) % vocab for step in range(1, vocab))
        changes["ids"] = put(data.ids, row, place, next(id for id in others if id not in taken))
    if data.mask or not seen:
        mask = data.mask or ((1,) * data.length,) * data.batch
        changes["mask"] = put(mask, row, place, int(seen))
    return replace(problem, data=replace(data, **changes))


def showing_two(problem: Problem) -> Problem:
    """The same with two visible tokens in each row, if it has two: attention to one token alone is constant."""
    data: Tokens = problem.data
    if data.mask is None:
        return problem
    mask = data.mask
    for row in range(data.batch):
        places = _read_from(problem, row)
        hidden = [place for place in places if not mask[row][place]]
        for place in hidden[: max(0, 2 - len(places) + len(hidden))]:
            mask = put(mask, row, place, 1)
    return replace(problem, data=replace(data, mask=mask))


def hidden_places(family: Family, length: int) -> tuple[tuple[int, int], int]:
    """Two places to hide in a row, and one to show, that a head reads: a decoder reads none behind that one."""
    return ((0, 1), length - 1) if family.causal else ((length - 2, length - 1), 0)


def reading(problem: Problem, row: int, place: int) -> Problem:
    """The same in which a head that reads the position of its target reads this one in a row."""
    if problem.model.family.heads[problem.model.head].reads is not own_position:
        return problem
    own = _index(problem, row)
    target: Any = problem.call.target
    other = place if isinstance(own, int) else (place, *own[1:])
    each = other if own is target else (*target[:row], other, *target[row + 1 :])
    return problem.asking(target=each)


def finite(problem: Problem) -> Problem:
    """The same with sdpa attention, if eager attention is NaN in float64 where a row sees masked tokens only.

    Models that take the softmax in float32 add the lowest float64 to a masked score: that is −∞ in float32.
    """
    family: Any = getattr(problem.model, "family", None)
    if family is None or not family.narrows or "sdpa" not in family.attentions or problem.data.mask is None:
        return problem
    return replace(problem, model=replace(problem.model, attention="sdpa"))


def put(grid: Ids, row: int, place: int, value: int) -> Ids:
    """The grid with another value at one place."""
    own = grid[row]
    return (*grid[:row], (*own[:place], value, *own[place + 1 :]), *grid[row + 1 :])


def _index(problem: Problem, row: int) -> Any:
    """The index of the output that is attributed in a row."""
    target: Any = problem.call.target
    dims = len(problem.model.output_shape(problem.data.length))
    one = not isinstance(target, tuple) or (dims > 1 and not isinstance(target[0], tuple))
    return target if one else target[row]


def _read_from(problem: Problem, row: int) -> range:
    """The places on which the attributed output of a row depends.

    Those of its choice if rows hold several; those up to the position that is read if attention is causal.
    """
    model, length = problem.model, problem.data.length
    if not hasattr(model, "head"):
        return range(length)
    if model.family.causal:
        return range(max(model.family.heads[model.head].reads(_index(problem, row), length)) + 1)
    if (rows := model.family.heads[model.head].rows(length)) == 1:
        return range(length)
    first: int = model.family.heads[model.head].reads(_index(problem, row), length)[0]
    return range(first, first + length // rows)


def _avoided(problem: Problem) -> tuple[int | None, ...]:
    """The ids that do more than their embedding: one that the model hides, and a PAD that it finds among the ids."""
    family: Any = getattr(problem.model, "family", None)
    return (_hidden_id(problem), family.pad if family is not None and family.by_pad else None)


def _hidden_id(problem: Problem) -> int | None:
    """The id that the model hides by itself, or None."""
    return problem.model.family.pad if getattr(problem.model, "variant", None) == "mask_from_ids" else None


def _visible(problem: Problem, row: int) -> list[bool]:
    """Of each place of a row, whether the mask and the model show it."""
    data: Tokens = problem.data
    mask = data.mask[row] if data.mask else (1,) * data.length
    return [bool(seen) and own != _hidden_id(problem) for own, seen in zip(data.ids[row], mask, strict=True)]


def _differs(data: Tokens, row: int) -> list[bool]:
    """Of each place of a row, whether input and baseline differ."""
    if not isinstance(data.baseline, tuple):
        return [True] * data.length
    return [own != other for own, other in zip(data.ids[row], data.baseline[row], strict=True)]


def _moves(problem: Problem, row: int) -> bool:
    """Whether a visible token that the output depends on differs from its baseline; of numbers, whether any does."""
    if isinstance(problem.data, Numbers):
        values = values_of(problem, torch.float64)
        return any(
            not torch.equal(x[row], start[row]) for x, start in zip(values.inputs, values.baselines, strict=True)
        )
    shown, differs = _visible(problem, row), _differs(problem.data, row)
    return any(shown[place] and differs[place] for place in _read_from(problem, row))


def _leaves_unread(problem: Problem, row: int) -> bool:
    model, length = problem.model, problem.data.length
    head = model.family.heads[model.head]
    read = {*head.reads(_index(problem, row), length)}
    shown = sum(_visible(problem, row))
    return bool(len(read) < length or (head.attends and 0 < shown < length))


def _hidden_tokens_move(problem: Problem) -> bool:
    hidden, shown = hidden_places(problem.model.family, problem.data.length)
    seen, differs = _visible(problem, 0), _differs(problem.data, 0)
    return seen[shown] and not any(seen[place] for place in hidden) and all(differs[place] for place in hidden)


def _twins_move(problem: Problem, row: int) -> bool:
    one, other = problem.data.ids[row][-2:]
    moved = all((*_visible(problem, row)[-2:], *_differs(problem.data, row)[-2:]))
    return moved and bool(one == other)


def _in_every_row(holds: Callable[[Problem, int], bool]) -> Callable[[Problem], bool]:
    return lambda problem: all(holds(problem, row) for row in range(problem.data.batch))


GIVEN: dict[str, Callable[[Problem], bool]] = {
    EVERY_ROW_MOVES: _in_every_row(_moves),
    "two tokens move": lambda problem: sum(_differs(problem.data, 0)) > 1,
    "two visible tokens": _in_every_row(
        lambda problem, row: sum(_visible(problem, row)[place] for place in _read_from(problem, row)) > 1
    ),
    "hidden tokens move": _hidden_tokens_move,
    "an unread position": _in_every_row(_leaves_unread),
    "twins move": _in_every_row(_twins_move),
    "an equal token": _in_every_row(lambda problem, row: not _differs(problem.data, row)[0]),
    "an equal example": lambda problem: (
        not any(_differs(problem.data, 0)) and all(_moves(problem, row) for row in range(1, problem.data.batch))
    ),
    "two examples": lambda problem: problem.data.batch > 1,
    "no model": lambda problem: problem.model is None,
    A_TEXT: lambda problem: bool(problem.data.texts),
}
"""What a domain can give, and whether a problem has it."""
