"""What no draw ever is: over the draws of all domains, more than a thousand problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reference.models.family import MAX_LENGTH
from reference.oracle.quadrature import fewest_nodes
from reference.problem import Ids, Problem, Tokens
from tests.unit.strategies.drawing import every_bert, every_draw

GRIDS = ("ids", "baseline", "mask", "types", "positions", "baseline_types", "baseline_positions")


def data_drawn() -> list[Tokens]:
    return [problem.data for problem in every_draw() if problem.data is not None]


def values(problem: Problem, *fields: str) -> Iterator[int]:
    """All integers in those fields."""
    for field in fields:
        grid = getattr(problem.data, field)
        yield from (value for row in (grid if isinstance(grid, tuple) else ()) for value in row)


def targets(problem: Problem) -> list[tuple[int, ...]]:
    """The index of each example, a tuple."""
    shape, target = problem.model.output_shape(problem.data.length), problem.call.target
    one_each = isinstance(target, tuple) and (len(shape) == 1 or isinstance(target[0], tuple))
    all_of_them: tuple[Any, ...] = target if one_each else (target,) * problem.data.batch  # type: ignore[assignment]
    assert len(all_of_them) == problem.data.batch
    return [index if isinstance(index, tuple) else (index,) for index in all_of_them]


def is_grid(rows: Ids, data: Tokens) -> bool:
    return len(rows) == data.batch and all(len(row) == data.length for row in rows)


def test_never_an_id_outside_the_vocabulary() -> None:
    berts = every_draw()
    assert all(0 <= i < p.model.vocab for p in berts if p.model for i in values(p, "ids", "baseline"))


def test_never_a_hidden_size_that_heads_do_not_divide() -> None:
    assert all(problem.model.hidden % problem.model.heads == 0 for problem in every_bert())


def test_hidden_size_never_makes_layer_norm_a_constant_or_sign() -> None:
    assert all(problem.model.hidden >= 3 for problem in every_bert())


def test_never_a_position_out_of_range() -> None:
    fields = ("positions", "baseline_positions")
    assert all(0 <= position < MAX_LENGTH for p in every_bert() for position in values(p, *fields))
    assert all(data.length <= MAX_LENGTH for data in data_drawn())


def test_never_a_type_out_of_range() -> None:
    fields = ("types", "baseline_types")
    assert all(0 <= kind < p.model.types for p in every_bert() for kind in values(p, *fields))


def test_never_a_mask_of_anything_but_zeros_and_ones() -> None:
    assert all(seen in (0, 1) for problem in every_bert() for seen in values(problem, "mask"))


def test_never_an_example_whose_tokens_are_all_hidden() -> None:
    """It is a case of its own for each implementation of attention; a bag of tokens has no such case."""
    assert all(any(row) for problem in every_bert() for row in problem.data.mask or ())


def test_never_a_ragged_or_an_empty_grid() -> None:
    for data in data_drawn():
        assert data.batch
        assert data.length
        assert all(is_grid(getattr(data, field), data) for field in GRIDS if isinstance(getattr(data, field), tuple))


def test_never_a_target_out_of_range() -> None:
    for problem in every_bert():
        shape = problem.model.output_shape(problem.data.length)
        for index in targets(problem):
            assert len(index) == len(shape), problem
            assert all(0 <= i < size for i, size in zip(index, shape, strict=True)), problem


def test_never_fewer_nodes_than_the_rule_needs() -> None:
    """A trapezoid with one node above all."""
    assert all(problem.call.n_steps >= fewest_nodes(problem.call.method) for problem in every_draw())


def test_never_a_weight_scale_at_which_budgets_exceed_attributions() -> None:
    assert all(0 < problem.model.weight_scale <= 1 for problem in every_bert())


def test_never_the_same_problem_again_and_again() -> None:
    """Half of all draws at least are drawn once."""
    assert 2 * len(set(every_draw())) > len(every_draw())
