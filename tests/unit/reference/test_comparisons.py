"""Comparisons: which fail and how the error names the element, what observers see, and which inform."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from reference.observing import Comparison, Event, observed
from reference.oracle import budget as budgets
from reference.oracle.budget import Budget, assert_equal, assert_shape, assert_within, rounding
from reference.violation import Severity
from tests.unit.reference.alarm import Alarm, alarms

ONE_AND_TWO = Budget(torch.tensor([1.0, 2.0]), "so it is")


@pytest.mark.parametrize("shape", [(2,), (2, 3), (2, 3, 4), (2, 3, 4, 5)])
def test_a_budget_is_each_examples_own_and_may_be_used_up(shape: tuple[int, ...]) -> None:
    used_up = ONE_AND_TWO.value.reshape(-1, *(1,) * (len(shape) - 1)) * torch.ones(shape)
    for sign in (1, -1):
        assert not alarms(error=sign * used_up, budget=ONE_AND_TWO)
    last = (0, *(size - 1 for size in shape[1:]))
    used_up[last] = 1.5
    names = ("example {}", "token {}", "unit {}", "index {}")
    words = ", ".join(name.format(index) for name, index in zip(names, last, strict=False))
    with pytest.raises(Alarm, match=rf"^it: {words}: error 1\.5 is 1\.5 times the budget 1 \(so it is\); 1 of "):
        assert_within(Alarm, error=used_up, budget=ONE_AND_TWO, what="it")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_an_alarm(value: float) -> None:
    with pytest.raises(Alarm, match=r"example 1: .* 1 of 2 elements") as caught:
        assert_within(Alarm, error=torch.tensor([0.0, value]), budget=ONE_AND_TWO, what="it")
    assert caught.value.severity == Severity.WRONG_NUMBER


def test_without_a_budget_only_no_error_passes() -> None:
    nothing = Budget(torch.zeros(2), "none")
    assert not alarms(error=torch.zeros(2, 3), budget=nothing)
    assert alarms(error=torch.tensor([0.0, 5e-324], dtype=torch.float64), budget=nothing)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        (torch.zeros(2, 3), r"got shape \(2, 3\), expected \(2,\)"),
        (torch.zeros(1), r"got shape \(1,\), expected \(2,\)"),
        ((torch.zeros(2),), r"expected a tensor of shape \(2,\), got a tuple of 1: Tensor"),
        (None, r"expected a tensor of shape \(2,\), got None"),
    ],
    ids=["more", "would broadcast", "tuple", "None"],
)
@pytest.mark.parametrize(
    "check",
    [
        lambda got: assert_shape(Alarm, got, (2,), "it"),
        lambda got: assert_equal(Alarm, got=got, expected=torch.zeros(2), budget=ONE_AND_TWO, what="it"),
    ],
    ids=["assert_shape", "assert_equal"],
)
def test_another_shape_is_an_alarm_of_that_severity(check: Callable[[object], None], got: object, words: str) -> None:
    with pytest.raises(Alarm, match=words) as caught:
        check(got)
    assert caught.value.severity == Severity.WRONG_SHAPE


def test_observers_see_every_comparison_even_failing_ones() -> None:
    outer: list[Event] = []
    inner: list[Event] = []

    def compare(error: float, what: str) -> None:
        got = torch.tensor([[error, 4.0], [0.0, 0.0]])
        expected = torch.tensor([[0.0, 4.0], [0.0, 0.0]])
        assert_equal(Alarm, got=got, expected=expected, budget=ONE_AND_TWO, what=what)

    with observed(outer.append):
        compare(0.5, "first")
        with pytest.raises(Alarm), observed(inner.append):
            compare(3.0, "second")
        compare(0.0, "third")
    compare(0.25, "unobserved")
    sharpness, share = (0.25, math.inf), budgets.INFORMATIVE_SHARE
    assert outer == [
        Comparison(what, used, sharpness, share) for what, used in (("first", 0.5), ("second", 3), ("third", 0))
    ]
    assert inner == [Comparison("second", 3, sharpness, share)]


def compared(dtype: torch.dtype, unit: float, **beside: Tensor) -> tuple[bool, ...]:
    """Which examples a comparison with that unit of rounding informs about."""
    seen: list[Event] = []
    budget = rounding(torch.full((3,), unit), torch.zeros(3), dtype)
    with observed(seen.append):
        assert_within(Alarm, error=torch.zeros(3, 2), budget=budget, what="it", **beside)
    (comparison,) = seen
    assert isinstance(comparison, Comparison)
    return comparison.informative


SIZES = torch.tensor([[0.0, 0.0], [0.5, -1.0], [1.0, 4.0]])


@pytest.mark.parametrize(
    ("dtype", "budget", "informative"),
    [
        (torch.float32, 0.011, (False, False, True)),
        (torch.float32, 0.009, (False, True, True)),
        (torch.float16, 0.34, (False, False, True)),
        (torch.float16, 0.33, (False, True, True)),
        (torch.bfloat16, 1.01, (False, False, True)),
        (torch.bfloat16, 0.99, (False, True, True)),
    ],
)
def test_example_informs_if_its_budget_is_a_small_share(
    dtype: torch.dtype, budget: float, informative: tuple[bool, ...]
) -> None:
    assert compared(dtype, budget / budgets.UNITS, expected=SIZES) == informative


def test_example_expected_to_be_zero_is_compared_with_another_number() -> None:
    zeros = torch.zeros(3, 2)
    assert compared(torch.float64, 0.0, expected=zeros) == (False, False, False)
    assert compared(torch.float64, 0.0, expected=zeros, against=SIZES) == (False, True, True)
    assert compared(torch.float64, 0.0) == (False, False, False)


def test_sum_of_budgets_informs_like_the_less_precise_one() -> None:
    half, exact = rounding(torch.ones(1), torch.ones(1), torch.float16), Budget.exact(1)
    assert (half + exact).share == (2 * half).share == budgets.INFORMATIVE[torch.float16]
    assert exact.share == budgets.INFORMATIVE_SHARE
