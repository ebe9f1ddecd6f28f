"""F as one number per example: which number a target selects, how arguments follow the rows, what a gradient is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reference.oracle.path_integral import ScalarField, select

EXAMPLES, LENGTH, LABELS = 2, 3, 4

FLAT = torch.arange(EXAMPLES).double()
ROWS = torch.arange(EXAMPLES * LABELS).double().reshape(EXAMPLES, LABELS)
TOKENS = torch.arange(EXAMPLES * LENGTH * LABELS).double().reshape(EXAMPLES, LENGTH, LABELS)
SQUARES = torch.arange(EXAMPLES * LENGTH * LABELS * 2).double().reshape(EXAMPLES, LENGTH, LABELS, 2)

FORMS: dict[str, tuple[Tensor, Any, list[tuple[int, ...]]]] = {
    "none of one number": (FLAT, None, [(0,), (1,)]),
    "none of one column": (FLAT.reshape(-1, 1), None, [(0, 0), (1, 0)]),
    "one index": (ROWS, 3, [(0, 3), (1, 3)]),
    "one index from the end": (ROWS, -1, [(0, 3), (1, 3)]),
    "one per example": (ROWS, (3, 1), [(0, 3), (1, 1)]),
    "one tuple of one per example": (ROWS, ((3,), (1,)), [(0, 3), (1, 1)]),
    "one index of two": (TOKENS, (2, 1), [(0, 2, 1), (1, 2, 1)]),
    "two indices per example": (TOKENS, ((2, 1), (0, 3)), [(0, 2, 1), (1, 0, 3)]),
    "one index of three": (SQUARES, (2, 1, 0), [(0, 2, 1, 0), (1, 2, 1, 0)]),
    "three indices per example": (SQUARES, ((2, 1, 0), (0, 3, 1)), [(0, 2, 1, 0), (1, 0, 3, 1)]),
}


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("form", FORMS)
def test_a_target_selects_one_element_of_each_row_step_major(form: str, times: int) -> None:
    output, target, places = FORMS[form]
    steps = [output + 1000 * step for step in range(times)]
    expected = [float(step[place]) for step in steps for place in places]
    assert select(torch.cat(steps), target, times).tolist() == expected


def test_no_target_needs_one_number_per_row() -> None:
    with pytest.raises(RuntimeError):
        select(ROWS, None)


def arguments_met(examples: int, rows: int, *additional: Any) -> tuple[Any, ...]:
    met: list[tuple[Any, ...]] = []

    def forward(points: Tensor, *arguments: Any) -> Tensor:
        met.append(arguments)
        return points.sum(1)

    ScalarField(forward, additional, None, examples)(torch.zeros(rows, 1))
    (arguments,) = met
    return arguments


@pytest.mark.parametrize("argument", [FLAT, ROWS, TOKENS], ids=["(N,)", "(N, labels)", "(N, length, labels)"])
def test_an_argument_with_a_row_for_each_example_is_tiled_step_major(argument: Tensor) -> None:
    (tiled,) = arguments_met(2, 6, argument)
    assert torch.equal(tiled, torch.cat([argument] * 3))


@pytest.mark.parametrize(
    "argument",
    [torch.ones(1, LENGTH), torch.tensor(2.0), torch.ones(3, 2), None, "mean", 2, [1, 2]],
    ids=["one row for all", "a number", "other rows", "None", "a word", "an int", "a list"],
)
def test_any_other_argument_is_handed_on_as_it_is(argument: Any) -> None:
    (met,) = arguments_met(2, 6, argument)
    assert met is argument


def test_points_that_are_no_multiple_of_the_examples_are_refused() -> None:
    with pytest.raises(ValueError, match="5 points are no multiple of 2 examples"):
        arguments_met(2, 5)


def test_a_gradient_is_each_rows_own_and_leaves_the_points_alone() -> None:
    points = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    scale = torch.tensor([[2.0], [10.0]])
    field = ScalarField(lambda x, scale: scale * x**2, (scale,), (1, 0), 2)
    assert field.gradient(points).tolist() == [[0.0, 8.0], [60.0, 0.0], [0.0, 24.0], [140.0, 0.0]]
    assert field(points).tolist() == [8.0, 90.0, 72.0, 490.0]
    assert not points.requires_grad


def test_the_gradient_is_taken_where_gradients_are_switched_off() -> None:
    with torch.no_grad():
        assert ScalarField(lambda x: x.sum(1), (), None, 1).gradient(torch.zeros(1, 2)).tolist() == [[1.0, 1.0]]


def test_a_value_keeps_no_graph() -> None:
    parameter = nn.Parameter(torch.ones(()))
    assert not ScalarField(lambda x: parameter * x.sum(1), (), None, 1)(torch.zeros(1, 2)).requires_grad


@pytest.mark.parametrize("parameter", [torch.ones(()), nn.Parameter(torch.ones(()))], ids=["constant", "parameter"])
def test_the_gradient_of_what_ignores_the_points_is_zero(parameter: Tensor) -> None:
    field = ScalarField(lambda x: parameter.expand(len(x)), (), None, 1)
    assert field.gradient(torch.ones(3, 2)).tolist() == [[0.0, 0.0]] * 3


def test_around_is_in_force_during_forward_and_backward() -> None:
    inside: list[Tensor] = []
    seen: list[str] = []

    @contextmanager
    def around(points: Tensor) -> Iterator[None]:
        inside.append(points)
        yield
        inside.remove(points)

    class Watched(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, points: Tensor) -> Tensor:
            seen.append(f"run inside {len(inside)}")
            return points.sum(1)

        @staticmethod
        def backward(context: Any, *outputs: Tensor) -> Tensor:
            seen.append(f"differentiated inside {len(inside)}")
            return outputs[0].unsqueeze(1).expand(-1, 2)

    field = ScalarField(Watched.apply, (), None, 1, around)
    field(torch.zeros(1, 2))
    field.gradient(torch.zeros(1, 2))
    assert seen == ["run inside 1", "run inside 1", "differentiated inside 1"]
    assert not inside
