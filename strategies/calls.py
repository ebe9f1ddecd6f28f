"""How a subject is asked: method, steps, target, dtype."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from reference.oracle.quadrature import METHODS, fewest_nodes
from reference.problem import Call, Target
from strategies.grids import MOST_EXAMPLES

DTYPES = ("float64", "float32")

FEW_STEPS = 12

DEFAULT_FIRST = tuple(sorted(METHODS, key=lambda method: method != Call().method))
"""A counterexample names its method only where the method matters."""


@cache
def targets(*, shape: tuple[int, ...], batch: int) -> st.SearchStrategy[Target]:
    """One index for all examples, or one for each: a number, or a tuple where the output per example has dimensions."""
    if len(shape) == 1:
        index: st.SearchStrategy[Any] = st.integers(0, shape[0] - 1)
    else:
        index = st.tuples(*(st.integers(0, size - 1) for size in shape))
    return index | st.tuples(*(index,) * MOST_EXAMPLES).map(lambda each: each[-batch:])


@cache
def steps(fewest: int, most: int) -> st.SearchStrategy[int]:
    """Any number of steps, three times of four a small one at least: many take time, few show as much."""
    few = min(FEW_STEPS, most)
    return st.sampled_from((few, most, few, few)).flatmap(lambda largest: st.integers(fewest, largest))


@st.composite
def calls(
    draw: st.DrawFn,
    *,
    method: str | None = None,
    most_steps: int = 64,
    outputs: tuple[int, ...] = (1,),
    batch: int = 1,
    layers: st.SearchStrategy[str | None] = st.none(),
    dtypes: st.SearchStrategy[str] = st.sampled_from(DTYPES),
) -> Call:
    """A call with `method`, or any; shrinks to the default method, few steps, target 0, float64."""
    chosen = method or draw(st.sampled_from(DEFAULT_FIRST), label="method")
    return Call(
        method=chosen,
        n_steps=draw(steps(fewest_nodes(chosen), most_steps), label="n_steps"),
        target=draw(targets(shape=outputs, batch=batch), label="target"),
        dtype=draw(dtypes, label="dtype"),
        layer=draw(layers, label="layer"),
    )
