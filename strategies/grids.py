"""Grids of integers, drawn for the largest batch and cut to shape.

What is cut off costs a few bytes, and lets a batch and a length shrink without moving anything else.
"""

from __future__ import annotations

from functools import cache

from hypothesis import strategies as st

from reference.models.family import MAX_LENGTH
from reference.problem import Ids

MOST_EXAMPLES = 4


@cache
def grids(largest: int) -> st.SearchStrategy[Ids]:
    """`MOST_EXAMPLES` rows of `MAX_LENGTH` integers from 0 to `largest` < 256. Shrinks towards 0 everywhere.

    Bytes are one draw, and cost what one integer costs.
    """

    def rows(values: bytes) -> Ids:
        starts = range(0, len(values), MAX_LENGTH)
        return tuple(tuple(value % (largest + 1) for value in values[i : i + MAX_LENGTH]) for i in starts)

    size = MOST_EXAMPLES * MAX_LENGTH
    return st.binary(min_size=size, max_size=size).map(rows)


@cache
def grids_if_any(largest: int) -> st.SearchStrategy[Ids | None]:
    """A grid, or none."""
    return st.none() | grids(largest)


def cut(grid: Ids, *, batch: int, length: int) -> Ids:
    """The last `batch` rows, and the last `length` integers of each: a grid shrinks with what matters at its end."""
    return tuple(row[-length:] for row in grid[-batch:])
