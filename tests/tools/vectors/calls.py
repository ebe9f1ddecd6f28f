"""Calls that mean nothing, for which an error is due, and calls for which an implementation may choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.tools.vectors.drawing import Draw
from tests.tools.vectors.expected import expected
from tests.tools.vectors.problems import Problem, problem

TWIN = "valid-twin"
"""The valid call from which each other call differs in one argument."""


def twin() -> Problem:
    """Two examples of a network with three outputs."""
    draw = Draw(TWIN)
    layers = [draw.affine(3, 4), {"layer": "tanh"}, draw.affine(4, 3)]
    return problem(layers, draw.rows(2, 3, 2), draw.rows(2, 3), "gausslegendre", 4, [2, 1])


def _with_rule(method: Any, n_steps: Any) -> dict[str, Any]:
    return {"rule": {"method": method, "n_steps": n_steps}}


def invalid() -> Iterator[tuple[str, str, str, Problem]]:
    """The id, the comment, the flag and the problem of each call that means nothing."""
    right = twin()
    x, start = right["inputs"], right["baselines"]
    short = {"inputs": [row[:2] for row in x], "baselines": [row[:2] for row in start]}
    long = {"baselines": [[*row, 0.5] for row in start]}
    deep = {"baselines": [[row, row] for row in start]}
    changes: list[tuple[str, str, str, dict[str, Any]]] = [
        ("no-steps", "n_steps is 0.", "InvalidSteps", _with_rule("gausslegendre", 0)),
        ("negative-steps", "n_steps is negative.", "InvalidSteps", _with_rule("riemann_middle", -4)),
        ("half-a-step", "n_steps is 2.5.", "InvalidSteps", _with_rule("riemann_left", 2.5)),
        ("steps-in-words", "n_steps is a string.", "InvalidSteps", _with_rule("riemann_left", "four")),
        ("one-trapezoid-node", "A trapezoid has two ends.", "InvalidSteps", _with_rule("riemann_trapezoid", 1)),
        ("unknown-method", "No rule has this name.", "InvalidMethod", _with_rule("riemann_centre", 4)),
        ("empty-method", "The method is an empty string.", "InvalidMethod", _with_rule("", 4)),
        ("half-a-method", "Which Riemann rule is open.", "InvalidMethod", _with_rule("riemann", 4)),
        ("target-beyond-outputs", "There are three outputs.", "InvalidTarget", {"target": 3}),
        ("target-far-below", "There are three outputs.", "InvalidTarget", {"target": -4}),
        ("one-target-beyond", "The second target is out of range.", "InvalidTarget", {"target": [0, 7]}),
        ("target-missing", "Three outputs and no target.", "InvalidTarget", {"target": None}),
        ("nested-target", "Two indices for one axis of outputs.", "InvalidTarget", {"target": [[2, 0], [1, 0]]}),
        ("too-many-targets", "Two examples and three targets.", "InvalidTarget", {"target": [2, 1, 0]}),
        ("target-not-an-index", "The target is 0.5.", "InvalidTarget", {"target": 0.5}),
        ("short-baseline", "Two features in place of three.", "InvalidBaseline", {"baselines": short["baselines"]}),
        ("long-baseline", "Four features in place of three.", "InvalidBaseline", long),
        ("too-many-baselines", "Three for two examples.", "InvalidBaseline", {"baselines": [*start, start[0]]}),
        ("deep-baseline", "A list of rows in place of a row.", "InvalidBaseline", deep),
        ("short-input", "The function takes three features.", "InvalidInput", short),
        ("ragged-input", "The second example has two features.", "InvalidInput", {"inputs": [x[0], x[1][:2]]}),
    ]  # fmt: skip
    for name, comment, flag, change in changes:
        yield name, comment, flag, {**right, **change}


def acceptable() -> Iterator[tuple[str, str, Problem, Problem]]:
    """The id, the comment, the problem, and the problem that it means, if it means anything."""
    right = twin()
    start = right["baselines"]
    same = {**right, "baselines": [start[0], start[0]]}
    yield "one-baseline-for-all", "One baseline, for both examples.", {**right, "baselines": start[:1]}, same
    half = {**right, "baselines": [[0.5] * 3] * 2}
    yield "baseline-is-a-number", "A number for each element of the baseline.", {**right, "baselines": 0.5}, half
    zeros = {**right, "baselines": [[0.0] * 3] * 2}
    yield "baseline-missing", "No baseline: 0, or an error.", {**right, "baselines": None}, zeros
    yield "target-from-the-end", "−1 is the last output, or an error.", {**right, "target": -1}, {**right, "target": 2}
    yield "one-target-in-a-list", "A list of one target.", {**right, "target": [2]}, {**right, "target": 2}
    whole = {**right, "rule": {"method": "gausslegendre", "n_steps": 4.0}}
    yield "steps-are-4.0", "A whole number that is written with a point.", whole, right
    one = problem([Draw("acceptable").affine(2, 1)], [[1.0, 2.0]], [[0.5, 0.25]], "riemann_middle", 3)
    yield "target-of-one-output", "One output and the target 0.", {**one, "target": 0}, one


def vectors() -> Iterator[dict[str, Any]]:
    """The group `calls`: the valid twin, then the others."""
    about = "The valid call, from which the others of this file differ in one argument."
    yield {"id": TWIN, "comment": about, "result": "valid", "problem": twin(), **expected(twin())}
    for name, comment, flag, made in invalid():
        yield {
            "id": name,
            "comment": comment,
            "result": "invalid",
            "valid_twin": TWIN,
            "problem": made,
            "flags": [flag],
        }
    for name, comment, made, meant in acceptable():
        yield {"id": name, "comment": comment, "result": "acceptable", "problem": made, **expected(meant)}
