"""The options of a whole call: each with its values, the neutral one first, and the pairs that do not exist."""

from __future__ import annotations

from functools import cache, partial
from itertools import combinations
from typing import Any

from reference.form import LAYOUTS
from reference.models.net_modules import MODULES
from reference.oracle.quadrature import METHODS
from reference.problem import Call
from strategies.covering import Option, Row, covering

OPTIONS: dict[str, tuple[Any, ...]] = {
    "method": tuple(sorted(METHODS, key=lambda method: method != Call().method)),
    "steps": ("few", "fifty", "left out", "many"),
    "chunk": ("none", "a step", "some rows", "above"),
    "examples": ("one", "few", "many"),
    "inputs": ("vector", "scalar", "tokens", "image", "volume", "two", "three", "twice", "in a tuple"),
    "layout": LAYOUTS,
    "ids": ("none", "dense", "sparse", "max_norm"),
    "kind": tuple(MODULES),
    "outputs": ("labels", "none", "two", "three"),
    "target": ("one", "each", "repeated", "tensor", "tensor of one", "0-d tensor"),
    "baselines": (
        *("tensors", "one example", "number", "integer", "zero", "left out", "mixed"),
        *(layout for layout in LAYOUTS[1:] if layout != "expanded"),
    ),
    "arguments": (
        *("none", "int64", "bool", "float", "3-D", "4-D", "needs grad"),
        *("constants", "settings", "alone"),
    ),
    "arguments_layout": ("contiguous", "transposed", "slice", "expanded"),
    "delta": (False, True),
    "multiply_by_inputs": (True, False),
    "dtype": ("float64", "float32", "bfloat16"),
    "output_dtype": ("own", "float64", "float32"),
    "scale": (1.0, 1e4, 1e-4),
    "forward": ("closure", "method", "module"),
    "grad": ("enabled", "no_grad"),
    "default_dtype": ("float32", "float64"),
    "hooks": ("none", "forward", "backward"),
    "training": (False, True),
    "frozen": (False, True),
    "autocast": (False, True),
}
"""The options of IG."""

LAYERS = ("entry", "table", "inner", "inner input", "head", "together", "listed")
"""Where LIG is asked: at the module of an input, at a later one, at all of the inputs' modules in one call."""

SPECIAL: dict[str, tuple[str, ...]] = {
    "chunk": ("below",),
    "target": ("int32 tensor", "uint8 tensor", "NumPy integers", "NumPy array", "column", "from the end"),
    "steps": ("text", "NumPy integer", "0-d tensor", "bool"),
    "arguments": ("nested", "shared"),
    "baselines": ("other float", "inputs", "expanded"),
    "grad": ("inference_mode",),
    "delta": ("of averages",),
    "nonfinite": ("gain", "offset"),
    "inputs": ("one unread",),
    "doubling": ("in place",),
}
"""Values for which an error is allowed, or of which little can be said: beside one other option at most."""

SERIES = ("in series",)
"""Layers of which one overrides the other."""

SCALARS = ("tensor", "tensor of one", "0-d tensor")
"""Forms of a target that is one number."""


def factors(layers: bool) -> dict[str, tuple[Any, ...]]:
    """The options of LIG, or of IG."""
    return {"layer": LAYERS, **OPTIONS} if layers else OPTIONS


def forbidden(pair: Row, *, layers: bool) -> bool:
    """Whether two options of LIG, or of IG, cannot be chosen together, or say nothing together."""

    def both(first: str, some: tuple[Any, ...], second: str, others: tuple[Any, ...]) -> bool:
        return first in pair and second in pair and pair[first] in some and pair[second] in others

    halves = ("autocast", (True,)), ("dtype", ("bfloat16",))
    return (
        both("outputs", ("none",), "target", OPTIONS["target"][1:])
        or both("outputs", ("two", "three"), "target", SCALARS)
        or both("delta", (True,), "multiply_by_inputs", (False,))
        or both("training", (True,), "kind", ("batch_norm",))
        or both("autocast", (True,), "dtype", ("bfloat16",))
        or any(both(half[0], half[1], "steps", ("many",)) for half in halves)
        or any(both(half[0], half[1], "kind", ("gru",)) for half in halves)
        or both("layer", ("table", "together"), "ids", ("none",))
        or both("arguments", ("none", "constants", "settings"), "arguments_layout", OPTIONS["arguments_layout"][1:])
        or (not layers and both("arguments", ("alone",), "ids", OPTIONS["ids"][1:]))
        or both("arguments", ("needs grad",), "arguments_layout", ("slice", "transposed"))
        or both("steps", ("bool",), "method", ("riemann_trapezoid",))
        or both("target", SPECIAL["target"], "outputs", OPTIONS["outputs"][1:])
        or both("chunk", ("below",), "examples", ("one",))
        or both("doubling", ("in place",), "inputs", ("twice",))
        or both("delta", ("of averages",), "multiply_by_inputs", (False,))
    )


@cache
def rows(layers: bool) -> tuple[Row, ...]:
    """A covering array of the options of LIG, or of IG."""
    return tuple(covering(factors(layers), partial(forbidden, layers=layers)))


@cache
def special_rows(layers: bool) -> tuple[Row, ...]:
    """Each special value beside a method in turn, with a few examples and all else neutral."""
    methods = [("method", method) for method in OPTIONS["method"]]
    return tuple(beside(value, methods[i % len(methods)], layers) for i, value in enumerate(special(layers)))


def beside(value: Option, other: Option, layers: bool) -> Row:
    """A row of a special value beside one other option, if they go together: a few examples, all else neutral."""
    few = {**neutral(layers), "examples": "few", **dict([value])}
    if value == ("nonfinite", "offset"):
        few["delta"] = True  # all else is finite
    row = {**few, **dict([other])}
    return few if other[0] in (value[0], "examples") or conflicts(row, layers) else row


def special(layers: bool) -> tuple[Option, ...]:
    """The special values of LIG, or of IG."""
    values = {**SPECIAL, "layer": SERIES} if layers else SPECIAL
    return tuple((factor, value) for factor, some in values.items() for value in some)


def neutral(layers: bool) -> Row:
    """Each option at its neutral value."""
    return {factor: values[0] for factor, values in factors(layers).items()}


def conflicts(row: Row, layers: bool) -> set[str]:
    """The options of a row that are in a forbidden pair."""
    each = (dict(pair) for pair in combinations(row.items(), 2))
    return {factor for pair in each if forbidden(pair, layers=layers) for factor in pair}
