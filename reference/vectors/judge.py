"""Whether an answer to a vector is right, and if not, which mistake it shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

NEAR = 10
"""An answer shows a mistake if it is this many times closer to the mistake's value than the right value is."""


class Status(Enum):
    """What became of one vector."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    MISSING = "missing"


@dataclass(frozen=True)
class Outcome:
    """The status of one vector, the flags of the mistakes that explain a wrong answer, and one line that says why."""

    status: Status
    flags: tuple[str, ...] = ()
    why: str = ""


def judged(vector: Mapping[str, Any], answer: Mapping[str, Any] | None, dtype: str = "float64") -> Outcome:
    """The outcome of an answer: attributions, `skipped` with a reason, `failed` with a message, or `no_answer`.

    An error on an invalid vector is right; whether the implementation raises nothing but errors is not seen here.
    """
    if answer is None:
        return Outcome(Status.MISSING, why="neither a result nor a reason to skip")
    if "skipped" in answer:
        return Outcome(Status.SKIPPED, why=str(answer["skipped"]))
    if "no_answer" in answer:
        return Outcome(Status.FAILED, ("NoAnswer",), str(answer["no_answer"]))
    if "failed" in answer:
        if vector["result"] != "valid":
            return Outcome(Status.PASSED)
        return Outcome(Status.FAILED, ("ErrorOnValidCall",), f"a valid call failed: {answer['failed']}")
    if vector["result"] == "invalid":
        return Outcome(Status.FAILED, tuple(vector["flags"]), f"expected an error, got a result: {vector['comment']}")
    if dtype not in vector["expected"]["budget"]:
        return Outcome(Status.SKIPPED, why=f"{dtype} cannot show an error here")
    return _attributions(vector, answer.get("attributions"), dtype)


def _attributions(vector: Mapping[str, Any], got: Any, dtype: str) -> Outcome:
    expected, budgets = vector["expected"]["attributions"], vector["expected"]["budget"]
    if _shape(got) != _shape(expected):
        return Outcome(Status.FAILED, ("WrongShape",), f"got shape {_shape(got)}, expected {_shape(expected)}")
    if not all(_is_finite(element) for example in got for _, element in _elements(example)):
        return Outcome(Status.FAILED, ("NotFinite",), "an element is not a finite number")
    equal = _equal_at_both_ends(vector["problem"])
    if (worst := _worst(got, expected, budgets[dtype], equal)) is None:
        return Outcome(Status.PASSED)
    why = _described(got, expected, budgets[dtype], equal, worst)
    if _worst(got, expected, budgets[dtype], set()) is None:
        return Outcome(Status.FAILED, ("NotZero",), why)
    flags = tuple(flag for flag, value in vector["mistakes"].items() if _is_near(got, value, expected))
    if not flags and dtype == "float64" and "float32" in budgets:
        flags = ("SinglePrecision",) if _worst(got, expected, budgets["float32"], set()) is None else ()
    return Outcome(Status.FAILED, flags or ("Unexplained",), why)


def _shape(value: Any) -> tuple[int, ...] | None:
    """The shape of nested lists, or None if they are ragged."""
    if not isinstance(value, list):
        return ()
    inner = {_shape(one) for one in value}
    only = inner.pop() if len(inner) == 1 else None if inner else ()
    return None if only is None else (len(value), *only)


def _elements(value: Any, at: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The numbers of nested lists with their indices."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _elements(one, (*at, index))
    else:
        yield at, value


def _is_finite(element: Any) -> bool:
    return isinstance(element, int | float) and not isinstance(element, bool) and math.isfinite(element)


def _equal_at_both_ends(problem: Mapping[str, Any]) -> set[tuple[int, ...]]:
    """The indices of elements that are the same number at both ends, if both ends have one shape."""
    inputs, baselines = problem["inputs"], problem["baselines"]
    if _shape(inputs) != _shape(baselines):
        return set()
    starts = dict(_elements(baselines))
    return {at for at, element in _elements(inputs) if element == starts[at]}


def _allowed(budget: list[float], at: tuple[int, ...], equal: set[tuple[int, ...]]) -> float:
    return 0.0 if at in equal else budget[at[0]]


def _worst(got: Any, expected: Any, budget: list[float], equal: set[tuple[int, ...]]) -> tuple[int, ...] | None:
    """The index of the element that is off by most budgets, or None if all are within their budget."""
    right = dict(_elements(expected))
    used = {at: _used(abs(element - right[at]), _allowed(budget, at, equal)) for at, element in _elements(got)}
    worst = max(used, key=lambda at: used[at])
    return worst if used[worst] > 1 else None


def _used(error: float, allowed: float) -> float:
    return error / allowed if allowed else math.inf if error else 0.0


def _described(got: Any, expected: Any, budget: list[float], equal: set[tuple[int, ...]], at: tuple[int, ...]) -> str:
    value, right, allowed = dict(_elements(got))[at], dict(_elements(expected))[at], _allowed(budget, at, equal)
    names = ("example", "token", "element") if len(at) == 3 else ("example", "element")
    where = ", ".join(f"{name} {index}" for name, index in zip(names, at, strict=True))
    return f"{where}: got {value:.9g}, expected {right:.9g}, error {abs(value - right):.3g}, budget {allowed:.3g}"


def _is_near(got: Any, mistake: Any, expected: Any) -> bool:
    return _distance(got, mistake) * NEAR <= _distance(mistake, expected)


def _distance(one: Any, other: Any) -> float:
    others = dict(_elements(other))
    return float(max(abs(element - others[at]) for at, element in _elements(one)))
