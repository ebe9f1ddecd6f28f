"""How often the whole calls of a run meet each pair of options: `python -m tests.tools.pairs [--layers] [OPTION …]`.

A line for each value of each option, or of the options named: in how many problems it is, and which value of another
option it meets least. The problems are those of `any_input_call`, or with `--layers` of `any_layer_call`, in the
profile `pr`: the explicit examples, then as many drawn ones as all methods get together.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"

import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import combinations

from hypothesis import HealthCheck, Phase, given, settings

from reference.laws import LAWS
from strategies.covering import Option, Pair, Row, pairs
from strategies.options import factors, forbidden, rows, special, special_rows
from strategies.whole_calls import rows_with_problems
from tests.power.search import problems_of
from tests.report.parsing import suggestion


def explicit(layers: bool) -> list[Row]:
    """The rows of the explicit examples: a covering array, and each special value."""
    return [*rows(layers), *special_rows(layers)]


def drawn(layers: bool) -> list[Row]:
    """The rows of as many drawn problems as a run has."""
    found: list[Row] = []

    @settings(
        max_examples=problems_of(LAWS["any_layer_call" if layers else "any_input_call"]),
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(rows_with_problems(None, layers=layers))
    def draw(made: tuple[Row, object]) -> None:
        found.append(made[0])

    draw()
    return found


def met(found: list[Row]) -> Counter[Pair]:
    """How many rows have each pair of options."""
    return Counter(frozenset(pair) for row in found for pair in combinations(row.items(), 2))


def table(layers: bool, names: list[str]) -> Iterator[str]:
    """The lines of the command."""
    found = [*explicit(layers), *drawn(layers)]
    times = met(found)
    allowed = pairs(factors(layers), partial(forbidden, layers=layers))
    rare = Counter(times[pair] for pair in allowed)
    yield f"{len(found)} problems, {len(allowed)} allowed pairs of options: {rare[0]} not met, {rare[1]} met once"
    yield f"{'option':20} {'value':20} {'problems':>8}  met least, and how often"
    for name in names or factors(layers):
        for value in (*factors(layers).get(name, ()), *(value for factor, value in special(layers) if factor == name)):
            option: Option = (name, value)
            problems = sum(row.get(name) == value for row in found)
            with_it = sorted((pair for pair in allowed if option in pair), key=lambda pair: times[pair])
            words = "special: beside one other option at most"
            for (other, its), *_ in (pair - {option} for pair in with_it[:1]):
                words = f"{other}={its}: {times[with_it[0]]}"
            yield f"{name:20} {value!s:20} {problems:8d}  {words}"


def main(arguments: list[str]) -> int:
    layers = "--layers" in arguments
    names = [argument for argument in arguments if argument != "--layers"]
    known = dict.fromkeys([*factors(layers), *(factor for factor, _ in special(layers))])
    for name in names:
        if name not in known:
            print(f"unknown option {name!r}: {suggestion(name, [*known])}", file=sys.stderr)
            return 2
    print(*table(layers, names), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
