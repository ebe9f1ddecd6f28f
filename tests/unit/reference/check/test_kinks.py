"""A relu has kinks: the integral is resolved at each of them, or it is said how far it is known."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from reference.check import CheckResult, Verdict, check_integrated_gradients, convergence
from tests.plugin.night import some
from tests.subjects.textbook import Textbook
from tests.unit.reference.check.cases import case
from tests.unit.reference.check.checked import in_float32_weights
from tests.unit.reference.check.planted import of_mistake


@pytest.fixture(scope="module")
def net() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 24), nn.ReLU(), nn.Linear(24, 1)).eval()


UNTOLD = (("gausslegendre", 100), ("riemann_middle", 200), ("riemann_right", 50), ("riemann_trapezoid", 51))
"""Rules that are not told."""

NIGHT = pytest.mark.night

X = torch.linspace(-2, 2, 12).reshape(2, 6).sin()


def numbers_of(net: nn.Module, method: str, n_steps: int) -> Tensor:
    numbers: Tensor = Textbook.ig(net, X, 0 * X, target=0, n_steps=n_steps, method=method)
    return numbers


def check(net: nn.Module, numbers: Tensor, **told: object) -> CheckResult:
    return check_integrated_gradients(net, X, None, numbers, target=0, **told)


def test_many_steps_across_kinks_are_right(net: nn.Module) -> None:
    numbers = numbers_of(net, "riemann_middle", 2000)
    assert check(net, numbers, method="riemann_middle", n_steps=2000).right


def test_few_steps_across_kinks_are_not_converged(net: nn.Module) -> None:
    result = check(net, numbers_of(net, "gausslegendre", 20), n_steps=20)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert "miss the integral by" in result.why


@pytest.mark.parametrize(
    ("method", "n_steps"),
    some([pytest.param(*one) for one in UNTOLD], every=2, first=1),
)
def test_rule_across_kinks_that_was_not_told_is_found(net: nn.Module, method: str, n_steps: int) -> None:
    result = check(net, numbers_of(net, method, n_steps))
    assert result.verdict in (Verdict.RIGHT, Verdict.NOT_CONVERGED), result
    assert any(f"{method} in {n_steps} steps" in remark for remark in result.remarks)


@pytest.mark.parametrize(
    ("method", "n_steps"),
    [
        ("gausslegendre", 50),
        pytest.param("riemann_right", 50, marks=NIGHT),
        pytest.param("gausslegendre", 1000, marks=NIGHT),
    ],
)
def test_float32_weights_of_captum_are_a_remark_across_kinks(net: nn.Module, method: str, n_steps: int) -> None:
    """The interpolation is off at a kink, but it is off alike for a rule whose nodes are the same to float32.

    Captum rounds NumPy's weights: of 1000, some have another neighbour in float32 than the exact ones.
    """
    double, x = copy.deepcopy(net).double(), X.double()
    numbers = in_float32_weights(double, x, method, n_steps)
    result = check_integrated_gradients(double, x, None, numbers, target=0, n_steps=n_steps, method=method)
    assert result.verdict in (Verdict.RIGHT, Verdict.NOT_CONVERGED), result
    assert any("float32 weights" in remark for remark in result.remarks)


def test_steps_that_were_not_told_are_found_although_the_assumed_rule_is_near() -> None:
    """The numbers of 30 steps lie only three budgets from those of the 50 steps that are assumed."""
    given = case("distilbert", 39)
    call = {**given.call(), "method": None, "n_steps": None}
    result = check_integrated_gradients(given.forward, *given.ends(), given.numbers(n_steps=30), **call)
    assert result.verdict in (Verdict.RIGHT, Verdict.NOT_CONVERGED), result
    assert any("gausslegendre in 30 steps" in remark for remark in result.remarks)


def test_other_steps_are_named_where_a_kink_hides_them_from_the_interpolated_integrand() -> None:
    name = "another method or n_steps"
    given, numbers = of_mistake(name, "distilbert", 47, torch.float64)
    result = check_integrated_gradients(given.forward, *given.ends(), numbers, **given.call())
    assert [mistake.name for mistake in result.mistakes] == [name]


def test_numbers_near_an_integral_that_is_not_known_are_not_called_wrong(
    net: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(convergence, "MOST_NODES", 60)
    numbers = numbers_of(net, "riemann_middle", 1777)
    told = check(net, numbers, method="riemann_middle", n_steps=1777)
    assert told.verdict is Verdict.NOT_CONVERGED
    assert told.why.startswith("it is not known how far the rule is from the integral")
    untold = check(net, numbers)
    assert untold.verdict is Verdict.CANNOT_BE_JUDGED
    assert untold.why.endswith("pass method= and n_steps=")
    assert check(net, 2 * numbers).verdict is Verdict.WRONG
