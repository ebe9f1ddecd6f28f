"""Problems that draw the whole call: a set of options, and a small net that fits them.

A set comes from a row of the covering array (strategies/options.py). `every_row` builds each row once, with details
from a fixed seed, so that every pair of options is met in each run; `whole_calls` draws any part of a row, and shrinks
to none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Protocol

import numpy as np
from hypothesis import strategies as st

from reference.form import OPTIONS as FORMS
from reference.form import Form, Mode
from reference.models.net import Shape, TinyNet
from reference.models.net_data import Numbers
from reference.oracle.quadrature import fewest_nodes
from reference.problem import Call, Problem
from strategies.covering import Row
from strategies.options import OPTIONS, beside, conflicts, forbidden, neutral, rows, special, special_rows

WORK = 1200
"""Steps times examples times tokens of a problem, about: 10 ms of the oracle."""

MOST_EXAMPLES, MOST_TOKENS, MOST_STEPS, MOST_LABELS = 40, 64, 300, 40

VOCABULARIES = (5, 300, 3000)

CONSTANTS = ("None", "number", "flag", "text", "0-d")


class Choice(Protocol):
    """A source of details."""

    def whole(self, low: int, high: int) -> int: ...

    def one_of(self, values: Sequence[Any]) -> Any: ...


class Drawn:
    """Details drawn by Hypothesis."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw

    def whole(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, max(low, high)))

    def one_of(self, values: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(values))


class Seeded:
    """Details from a seed, the same in every run."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.RandomState(seed)

    def whole(self, low: int, high: int) -> int:
        return int(self.random.randint(low, max(low, high) + 1))

    def one_of(self, values: Sequence[Any]) -> Any:
        return values[self.random.randint(len(values))]


def problem_of(row: Row, choice: Choice) -> Problem:
    """A problem with the options of the row, and details from `choice`."""
    n_steps = _n_steps(row, choice)
    examples = {"one": 1, "few": choice.whole(2, 4), "many": choice.whole(5, MOST_EXAMPLES)}[row["examples"]]
    examples = min(examples, max(5, WORK // n_steps))
    tokens = choice.whole(1, min(MOST_TOKENS, max(1, WORK // (n_steps * examples))))
    model = _net(row, choice, tokens)
    target = _target(row, choice, model.output, examples)
    call = Call(
        method=row["method"],
        n_steps=n_steps,
        target=target,
        dtype=row["dtype"],
        internal_batch_size=_chunk(row["chunk"], choice, examples, n_steps),
        delta=bool(row["delta"]),
        multiply_by_inputs=row["multiply_by_inputs"] and row["delta"] != "of averages",
        form=_form(row),
        mode=Mode(**{name: row[name] for name in ("grad", "default_dtype", "hooks", "training", "frozen", "autocast")}),
        **_layers(row.get("layer"), model, choice),
    )
    data = Numbers(examples=examples, seed=choice.whole(0, 2**16), nonfinite=row.get("nonfinite", ""))
    return Problem(model=model, data=data, call=call)


def _n_steps(row: Row, choice: Choice) -> int:
    few, many = choice.whole(fewest_nodes(row["method"]), 12), choice.whole(51, MOST_STEPS)
    return {"bool": 1, "many": many, "fifty": 50, "left out": 50}.get(row["steps"], few)


def _net(row: Row, choice: Choice, tokens: int) -> TinyNet:
    inputs: dict[str, tuple[Shape, ...]] = {
        "scalar": ((),),
        "tokens": ((tokens, choice.whole(1, 4)),),
        "image": ((2, 3, 2),),
        "volume": ((2, 1, 2, 2),),
        "two": ((choice.whole(1, 4),), (tokens, 2)),
        "three": ((2,), (), (tokens, 3)),
        "twice": ((3,), (3,)),
        "one unread": ((3,), (2,)),
    }
    outputs: dict[str, Shape] = {
        "labels": (choice.whole(2, MOST_LABELS),),
        "none": (),
        "two": (choice.whole(2, 4), choice.whole(2, 4)),
        "three": (2, choice.whole(2, 3), 2),
    }
    kinds = [kind for kind in OPTIONS["kind"] if kind in ("tanh", row["kind"]) or kind not in ("gru", "batch_norm")]
    offset = row.get("nonfinite") == "offset"
    return TinyNet(
        inputs=inputs.get(row["inputs"], ((choice.whole(1, 5),),)),
        tokens=0 if row["ids"] == "none" else tokens,
        vocab=5 if row["ids"] == "none" else choice.one_of(VOCABULARIES),
        table="dense" if row["ids"] == "none" else row["ids"],
        layers=(row["kind"], *(choice.one_of(kinds) for _ in range(choice.whole(0, 2)))),
        hidden=choice.one_of((3, 4, 8, 24)),
        output=outputs[row["outputs"]],
        output_dtype=None if row["output_dtype"] == "own" else row["output_dtype"],
        offset=offset,
        unread=row["inputs"] == "one unread",
        doubling=row.get("doubling", ""),
        scale=row["scale"],
        weight_seed=choice.whole(0, 2**16),
    )


def _target(row: Row, choice: Choice, output: Shape, examples: int) -> Any:
    """One index for all, or one for each example; None for an output of one number.

    As many numbers are drawn for an output of any shape: a shorter draw would be the simpler one.
    """

    def index() -> Any:
        numbers = (choice.whole(0, MOST_LABELS - 1), choice.whole(0, 3), choice.whole(0, 1))
        indices = tuple(number % size for number, size in zip(numbers, output, strict=False))
        return indices if len(indices) > 1 else next(iter(indices), None)

    if row["target"] in ("one", "repeated", "tensor of one", "0-d tensor"):
        return index()
    return tuple(index() for _ in range(examples))


def _chunk(kind: str, choice: Choice, examples: int, n_steps: int) -> int | None:
    """internal_batch_size: one step, more than one, more than there are rows, or fewer than examples."""
    rows = examples * n_steps
    sizes = {
        "a step": examples,
        "some rows": choice.whole(examples + 1, rows - 1),
        "above": choice.whole(rows, 3 * rows),
        "below": choice.whole(1, examples - 1),
    }
    return sizes.get(kind)


def _form(row: Row) -> Form:
    arguments = {"none": (), "alone": ("float",), "constants": CONSTANTS}.get(row["arguments"], (row["arguments"],))
    if row.get("nonfinite") == "gain":
        arguments = ("float",)
    target = row["target"] if row["target"] in FORMS["target"] else "index"
    return Form(
        forward=row["forward"],
        inputs=row["layout"],
        baselines=row["baselines"],
        arguments=arguments,
        arguments_layout=row["arguments_layout"],
        target="index" if row["outputs"] == "none" else target,
        n_steps=row["steps"] if row["steps"] in FORMS["n_steps"] else "int",
        twice=row["inputs"] == "twice",
        tupled=row["inputs"] == "in a tuple",
        listed=row.get("layer") == "listed",
        alone=row["arguments"] == "alone",
    )


def _layers(layer: str | None, model: TinyNet, choice: Choice) -> dict[str, Any]:
    """The layer of the call, and more layers."""
    inner = choice.one_of([name for name in model.chain if name != "head"])
    entry = choice.one_of([name for name in model.entries if name != "table"])
    places = {
        "table": ("table",),
        "inner": (inner,),
        "listed": (inner,),
        "inner input": (f"{inner}:input",),
        "head": ("head",),
        "together": model.entries,
        "in series": (entry, inner),
    }
    first, *more = (None,) if layer is None else places.get(layer, (entry,))
    return {"layer": first, "more_layers": tuple(more)}


@cache
def every_row(layers: bool, method: str | None) -> dict[Problem, Row]:
    """A problem for each row of the covering array, and for each special value: with its row."""
    found = (*rows(layers), *special_rows(layers))
    return {problem_of(row, Seeded(seed)): row for seed, row in enumerate(found) if method in (None, row["method"])}


@st.composite
def rows_with_problems(
    draw: st.DrawFn, /, method: str | None, *, layers: bool, row: Row | None = None
) -> tuple[Row, Problem]:
    """A row with some options of a row of the array, or with a special value beside one of them one time in four; and
    a problem with these options. `row` is the only one to draw from, if it is given.
    """
    known = [one for one in rows(layers) if method in (None, one["method"])]
    full = row or draw(st.sampled_from(known), label="row")
    kept = draw(st.binary(min_size=len(full), max_size=len(full)), label="options")
    chosen = {factor for factor, keep in zip(full, kept, strict=True) if keep % 4} | ({"method"} if method else set())
    part = _part(full, chosen, layers)
    if row is None and draw(st.sampled_from((False, False, False, True)), label="special"):
        alone = ({factor: value, "method": method} for factor, value in special(layers))
        allowed = [one for one, row in zip(special(layers), alone, strict=True) if not forbidden(row, layers=layers)]
        value = draw(st.sampled_from(allowed), label="special value")
        other = draw(st.sampled_from(sorted(full)), label="other option")
        part = beside(value, (other, full[other]), layers)
        part |= {"method": method} if method else {}
    return part, problem_of(part, Drawn(draw))


def whole_calls(method: str | None, *, layers: bool, row: Row | None = None) -> st.SearchStrategy[Problem]:
    """The problems of `rows_with_problems`."""
    return rows_with_problems(method, layers=layers, row=row).map(itemgetter(1))


def _part(row: Row, chosen: set[str], layers: bool) -> Row:
    """The row with the chosen options, and those without which they cannot be; all else is neutral."""
    part = neutral(layers)
    while chosen:
        part |= {factor: row[factor] for factor in chosen}
        chosen = {factor for factor in conflicts(part, layers) if part[factor] != row[factor]}
    return part
