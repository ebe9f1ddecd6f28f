"""What the suite promises to draw, it does draw, within a few hundred problems: nothing is generated in name only.

The tables below name it themselves, or ask what is installed: a list of the strategies that lost a value would not
notice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, seed, settings
from transformers.activations import ACT2FN

from reference.models.bert import FAMILY as BERT
from reference.models.variants import CALLS, STRUCTURES, VARIANTS
from reference.models.versions import ATTENTIONS, activates_in, computes_in
from reference.oracle.quadrature import METHODS, fewest_nodes
from reference.problem import DTYPES, Ids, Problem, Tokens, Vectors
from strategies.domain import DOMAINS
from tests.plugin.night import some
from tests.unit.strategies.drawing import SOME, STEADY, find_any

Pairs = list[tuple[int, int]]

PAD, CLS, SEP, MASK = range(4)

ACTIVATIONS = tuple(sorted(ACT2FN.keys() - {"xielu"}))
"""The parameters of that one are made in bfloat16, so it is not drawn."""

HALVES = tuple(name for name in ("bfloat16", "float16") if computes_in(DTYPES[name]))

MODEL: dict[str, tuple[Any, ...]] = {
    "activation": ACTIVATIONS,
    "attention": ATTENTIONS,
    "layers": (1, 2, 3),
    "heads": (1, 2, 3),
    "hidden": (3, 4, 6, 8, 9, 12),
    "vocab": (4, 5, 6, 7, 8, 9),
    "intermediate": (1, 6),
    "types": (1, 2, 3),
    "labels": (2, 3, 4),
    "eps": (1e-12, 1e-5, 1e-2, 0.1),
    "hidden_dropout": (0.0, 0.1),
    "attention_dropout": (0.0, 0.1),
    "weight_scale": (1.0, 0.5, 0.25),
}
CALL: dict[str, tuple[Any, ...]] = {
    "method": METHODS,
    "dtype": ("float64", "float32"),
    "n_steps": (1, 2),
    "target": (0, 1, 2, 3),
}


OF_DOMAINS = [
    (domain, head)
    for domain in ("every_head", "heads", "inner", "leaving_unread", "hiding")
    for head in BERT.heads
    if head != "choice" or domain == "every_head"
]
"""Heads by domain: a multiple choice has no row for each example at its layers."""


def each(table: dict[str, tuple[Any, ...]]) -> list[tuple[str, Any]]:
    return [(field, value) for field, values in table.items() for value in values]


@pytest.mark.parametrize(("field", "value"), each(MODEL), ids=str)
def test_model_is_found_with(field: str, value: object) -> None:
    find_any(lambda problem: getattr(problem.model, field) == value)


@pytest.mark.parametrize(("field", "value"), each(CALL), ids=str)
def test_call_is_found_with(field: str, value: object) -> None:
    find_any(lambda problem: getattr(problem.call, field) == value)


def test_as_many_steps_as_in_practice_are_found() -> None:
    find_any(lambda problem: problem.call.n_steps >= 50)


@pytest.mark.parametrize("method", METHODS)
def test_method_is_found_with_its_fewest_steps(method: str) -> None:
    find_any(lambda problem: problem.call.method == method and problem.call.n_steps == fewest_nodes(method))


@pytest.mark.parametrize(("domain", "head"), OF_DOMAINS)
def test_head_is_found(domain: str, head: str) -> None:
    find_any(lambda problem: problem.model.head == head, domain)


@pytest.mark.parametrize("dtype", HALVES)
def test_half_precision_is_found(dtype: str) -> None:
    find_any(lambda problem: problem.call.dtype == dtype, "half")


@pytest.mark.parametrize("activation", some(ACTIVATIONS))
def test_half_precision_is_found_with_what_can_be_activated_in_it(activation: str) -> None:
    if not all(activates_in(activation, DTYPES[dtype]) for dtype in HALVES):
        pytest.skip(f"the installed torch cannot activate by {activation} in {' and '.join(HALVES)}")
    find_any(lambda problem: problem.model.activation == activation, "half")


DOMAIN_OF = {
    "unmodified": "tokens",
    "affine_embedding_norm": "affine",
    **dict.fromkeys(STRUCTURES, "structures"),
    **dict.fromkeys(CALLS, "calls"),
    "length_first": "length_first",
    "doubled_in_place": "in_place",
    "tied_layers": "tied",
    "checkpointed": "checkpointed",
    "mask_from_ids": "smooth_or_masking",
}

TWINS = {"doubled", "equal_layers"}
"""They are not drawn: laws compare others with them."""


@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant not in TWINS])
def test_variant_is_found(variant: str) -> None:
    find_any(lambda problem: problem.model.variant == variant, DOMAIN_OF[variant])


def masks(data: Tokens) -> Ids:
    return data.mask or ()


def holed(row: tuple[int, ...]) -> bool:
    """A hidden place between two seen ones."""
    return "0" in "".join(map(str, row)).strip("0")


def padded(row: tuple[int, ...], end: int) -> bool:
    """Hidden places at that end alone."""
    return row[end] == 0 and row[-1 - end] == 1 and not holed(row)


def widths(data: Tokens, end: int) -> set[int]:
    """How many places are hidden in the examples that are padded at that end, two or more: holes can look like one."""
    return {row.count(0) for row in masks(data) if padded(row, end) and row.count(0) > 1}


def pairs(data: Tokens) -> list[Pairs]:
    """(own, baseline) tokens of each example, where the baseline has tokens."""
    if isinstance(data.baseline, Vectors):
        return []
    return [list(zip(*rows, strict=True)) for rows in zip(data.ids, data.baseline, strict=True)]


def uniform_baseline(data: Tokens, token: int) -> bool:
    return data.baseline == ((token,) * data.length,) * data.batch


DATA: dict[str, Callable[[Tokens], Any]] = {
    "length 1": lambda data: data.length == 1,
    "the greatest length": lambda data: data.length == 12,
    "one example": lambda data: data.batch == 1,
    "the largest batch": lambda data: data.batch == 4,
    "the largest batch of the greatest length": lambda data: data.batch == 4 and data.length >= 10,
    "no mask": lambda data: data.mask is None,
    "a mask that hides nothing": lambda data: data.mask and all(map(all, data.mask)),
    "right padding of different widths": lambda data: len(widths(data, -1)) > 1,
    "left padding of different widths": lambda data: len(widths(data, 0)) > 1,
    "holes": lambda data: any(holed(row) for row in masks(data)),
    "differently padded examples": lambda data: len({sum(row) for row in masks(data)}) > 1,
    "one seen token among many": lambda data: any(sum(row) == 1 and len(row) > 2 for row in masks(data)),
    "PAD where hidden": lambda data: any(
        row.count(0) > 1 and all(seen or own == PAD for own, seen in zip(ids, row, strict=True))
        for ids, row in zip(data.ids, masks(data), strict=False)
    ),
    "a token other than PAD where hidden": lambda data: any(
        not seen and own != PAD
        for ids, row in zip(data.ids, masks(data), strict=False)
        for own, seen in zip(ids, row, strict=True)
    ),
    "explicit types": lambda data: data.types and len(set(data.types[0])) > 1,
    "types left out": lambda data: data.types is None,
    "explicit positions out of order": lambda data: (
        data.positions and list(data.positions[0]) != sorted(data.positions[0])
    ),
    "a repeated position": lambda data: data.positions and len(set(data.positions[0])) < data.length,
    "the last position": lambda data: data.positions and 11 in data.positions[0],
    "positions left out": lambda data: data.positions is None,
    "types and positions and a mask": lambda data: data.types and data.positions and data.mask,
    "CLS and SEP around the text": lambda data: (
        data.length > 2 and all(row[0] == CLS and row[-1] == SEP for row in data.ids)
    ),
    "a text without CLS": lambda data: all(CLS not in row for row in data.ids),
    "a repeated token": lambda data: any(len(set(row)) < len(row) for row in data.ids),
    "all tokens different": lambda data: data.length > 3 and len(set(data.ids[0])) == data.length,
    "two equal examples": lambda data: len(set(data.ids)) < data.batch,
    "a token equal to its baseline": lambda data: any(
        0 < sum(own == other for own, other in row) < len(row) for row in pairs(data)
    ),
    "no token equal to its baseline": lambda data: (
        data.length > 3 and all(own != other for row in pairs(data) for own, other in row) and pairs(data)
    ),
    "a baseline of PAD": lambda data: uniform_baseline(data, PAD),
    "a baseline of MASK": lambda data: uniform_baseline(data, MASK),
    "a baseline that keeps CLS and SEP and blanks the rest": lambda data: any(
        row[0] == (CLS, CLS) and row[-1] == (SEP, SEP) and len({other for _, other in row[1:-1]} - {CLS, SEP}) == 1
        for row in pairs(data)
        if len(row) > 3
    ),
    "a baseline of many tokens": lambda data: any(len({other for _, other in row}) > 3 for row in pairs(data)),
    "a baseline of many tokens, the text's own among them": lambda data: any(
        len({other for _, other in row}) > 3 and {own for own, other in row if own == other} - {CLS, SEP}
        for row in pairs(data)
    ),
    "a baseline of vectors": lambda data: isinstance(data.baseline, Vectors),
    "a baseline of small vectors": lambda data: isinstance(data.baseline, Vectors) and data.baseline.scale < 1,
}


@pytest.mark.parametrize("feature", DATA)
def test_data_is_found_with(feature: str) -> None:
    find_any(lambda problem: DATA[feature](problem.data))


def test_example_equal_to_its_baseline_is_found_beside_one_that_moves() -> None:
    """Elsewhere every example moves: one that does not says nothing."""

    def found(problem: Problem) -> bool:
        return len({all(own == other for own, other in row) for row in pairs(problem.data)}) > 1

    find_any(found, domain="keeping_an_example")


CALLS_OF_A_BATCH: dict[str, Callable[[Problem], Any]] = {
    "one target for all": lambda problem: isinstance(problem.call.target, int) and problem.data.batch > 1,
    "one target each, equal": lambda problem: (
        problem.data.batch > 1 and problem.call.target == (0,) * problem.data.batch
    ),
    "one target each, different": lambda problem: (
        isinstance(problem.call.target, tuple) and len(set(problem.call.target)) > 1
    ),
    "the last class": lambda problem: problem.call.target == problem.model.labels - 1,
    "two layers of several heads, dropout, a mask and a batch": lambda problem: (
        problem.model.layers > 1
        and problem.model.heads > 1
        and problem.model.hidden_dropout
        and problem.data.mask
        and problem.data.batch > 1
    ),
}


@pytest.mark.parametrize("feature", CALLS_OF_A_BATCH)
def test_problem_is_found_with(feature: str) -> None:
    find_any(CALLS_OF_A_BATCH[feature])


@pytest.mark.parametrize("field", ["types", "positions"])
def test_joint_path_is_found_with_other(field: str) -> None:
    """The baseline's own types, or positions, beside the input's."""
    own, other = field, f"baseline_{field}"
    find_any(lambda problem: (getattr(problem.data, other) or own) not in (own, getattr(problem.data, own)), "joint")


@pytest.mark.parametrize("domain", ["structures", "calls"])
def test_every_variant_is_drawn_in_a_run(domain: str) -> None:
    """Hypothesis likes to repeat a draw, and with it a variant."""
    drawn: Counter[str] = Counter()
    for number in range(5):

        @seed(number)
        @settings(STEADY, max_examples=SOME, derandomize=False)
        @given(DOMAINS[domain](None))
        def search(problem: Problem) -> None:
            drawn[problem.model.variant] += 1

        search()
    assert drawn.keys() == {*DOMAINS[domain].variants}
    assert min(drawn.values()) >= drawn.total() / len(drawn) / 3
