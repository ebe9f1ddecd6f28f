"""`check_integrated_gradients` passes what is right and names what is wrong, on models that it knows nothing of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from reference.built_problem import BuiltProblem
from reference.check import CheckResult, Verdict, WrongAttribution, check_integrated_gradients
from reference.check.field import MOST_NUMBERS, MOST_ROWS
from reference.laws.asking import Asking
from reference.laws.purity.snapshot import Snapshot
from reference.models.bert import TinyBert
from reference.oracle.oracle import Oracle
from reference.oracle.quadrature import METHODS, rule
from reference.problem import Call, Problem, Tokens
from reference.violation import Violation
from tests.plugin.night import some
from tests.power.faults.canaries import input_for_difference, left_for_right
from tests.subjects.textbook import Textbook
from tests.unit.reference.check.checked import ZERO, Matrix, X, check, in_float32_weights
from tests.unit.reference.drawn import SMALL, few

TOKENS = Tokens(ids=((0, 1, 2), (3, 1, 0)), baseline=((1, 2, 1), (0, 2, 2)), mask=((1, 1, 1), (1, 1, 0)))
BERT = Problem(model=TinyBert(), data=TOKENS, call=Call(n_steps=5))

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


def check_bert(problem: Problem, attributions: Any = None, built: BuiltProblem | None = None) -> CheckResult:
    """The check as the owner of a BERT calls it."""
    built = built or problem.build()
    entry = built.embeddings
    options = Asking(Violation, problem, Textbook(), built).options
    target = options["target"]
    given = {"inputs": entry.inputs, "baselines": entry.baselines, "additional_forward_args": entry.additional}
    options["target"] = list(target) if isinstance(target, tuple) and built.output_dims == 2 else target
    return check(entry.forward, attributions, model=built.model, **given, **options)


@few
@given(problem=SMALL)
def test_right_implementation_passes(problem: Problem) -> None:
    result = check_bert(problem)
    assert result.verdict is Verdict.RIGHT, result


@dtypes
@pytest.mark.parametrize(
    ("plant", "method"), [(left_for_right, "riemann_right"), (input_for_difference, "gausslegendre")]
)
def test_planted_fault_is_named_with_its_worst_element(plant: Callable[[], Any], method: str, dtype: str) -> None:
    with plant():
        result = check_bert(BERT.asking(method=method, dtype=dtype))
    assert result.verdict is Verdict.WRONG
    assert "example" in result.why
    names = {mistake.name for mistake in result.mistakes}
    assert names >= ({"left for right"} if plant is left_for_right else {"x for Δ"}), result


@dtypes
@pytest.mark.parametrize("method", some(METHODS, every=5))
def test_half_a_budget_passes_and_two_budgets_fail(method: str, dtype: str) -> None:
    problem = BERT.asking(method=method, dtype=dtype)
    expected = Oracle.of(problem, rule(method, 5)).ig()
    for example, budget in enumerate(expected.elements.value):
        moved = torch.zeros_like(expected.attribution)
        moved[example, 1, 2] = budget
        assert check_bert(problem, expected.attribution + moved / 2).right
        result = check_bert(problem, expected.attribution + 2 * moved)
        assert result.verdict is Verdict.WRONG
        assert f"example {example}, token 1, unit 2: " in result.why


def test_numbers_rounded_to_float32_on_the_way_are_wrong() -> None:
    right = partial(Textbook.ig, BERT.build().embeddings.forward)
    result = check_bert(BERT, lambda *ends, **how: right(*ends, **how).float().double())
    assert result.verdict is Verdict.WRONG


@dtypes
def test_model_and_arguments_are_left_bit_for_bit(dtype: str) -> None:
    built = BERT.asking(dtype=dtype).build()
    entry = built.embeddings
    entry.inputs.requires_grad_()
    given = {"inputs": entry.inputs, "baselines": entry.baselines, "mask": entry.additional[0]}
    before = Snapshot.of(built.model, given)
    places = {name: tensor.data_ptr() for name, tensor in built.model.state_dict().items()}
    check_bert(BERT.asking(dtype=dtype), built=built)
    check_bert(BERT.asking(dtype=dtype), torch.ones_like(entry.inputs), built=built)
    assert before.changes() == []
    assert {name: tensor.data_ptr() for name, tensor in built.model.state_dict().items()} == places


def test_forward_that_fails_in_float64_cannot_be_judged_and_leaves_the_model() -> None:
    model = Matrix([1.0, 2.0, 3.0]).float()
    before = Snapshot.of(model)

    def forward(x: Tensor) -> Tensor:
        if x.dtype == torch.float64:
            raise RuntimeError("no float64 here")
        return model(x)

    result = check(forward, X.float(), inputs=X.float(), model=model, target=0)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "does not run in float64 on CPU: RuntimeError: no float64 here" in result.why
    assert before.changes() == []


def test_shared_parameters_are_converted_once() -> None:
    first, second = Matrix([1, 2, 3], [4, 5, 6], [7, 8, 9]), Matrix([1, 2, 3])
    second.weight = first.weight
    model = nn.Sequential(first, nn.Tanh(), second).float()

    def forward(x: Tensor) -> Tensor:
        return (model(x) * first.weight[0]).sum(1)

    assert check(forward, inputs=X.float(), model=model).right


def test_models_that_a_forward_closes_over_need_not_be_passed() -> None:
    model = Matrix([1.0, 2.0, 3.0]).float()
    assert check(lambda x: model(x).tanh(), inputs=X.float(), target=0).right


def test_models_that_a_forward_hides_need_not_be_passed() -> None:
    hidden = {"model": Matrix([1.0, 2.0, 3.0]).float()}
    assert check(lambda x: hidden["model"](x).tanh(), inputs=X.float(), target=0).right


def test_memory_does_not_grow_with_n_steps() -> None:
    rows: list[int] = []

    def forward(x: Tensor) -> Tensor:
        rows.append(len(x))
        return x.pow(2).sum(1)

    most = []
    for n_steps in (200, 2000):
        rows.clear()
        assert check(forward, X**2, n_steps=n_steps).right
        most.append(max(rows))
    assert most[0] == most[1] <= MOST_ROWS
    assert MOST_ROWS * X.shape[1] < MOST_NUMBERS


@pytest.mark.parametrize("share", some([1.0, 0.0], every=2))
def test_cut_gradient_is_wrong_although_the_sum_is_the_rules(share: float) -> None:
    result = check(lambda x: (x.detach() + share * x).pow(2).sum(1), accuracy=1e-3)
    assert result.verdict is Verdict.WRONG
    assert "detached" in result.why


def test_forward_in_place_does_not_change_the_inputs() -> None:
    right = Textbook.ig(lambda x: (2 * x).tanh().sum(1), X, ZERO, n_steps=5)
    given = X.clone()
    assert check(lambda x: x.mul_(2).tanh().sum(1), right).right
    assert torch.equal(given, X)


def test_strict_raises_the_error_of_the_verdict() -> None:
    with pytest.raises(WrongAttribution, match="example 1, index 0: got"):
        check(lambda x: x.pow(2).sum(1), 2 * X**2, strict=True)


def test_older_order_of_arguments_raises_what_is_wrong() -> None:
    model = Matrix([1.0, 2.0, 3.0])
    forward = lambda x: model(x).tanh()  # noqa: E731
    right = partial(Textbook.ig, forward)
    check_integrated_gradients(right, forward, X, ZERO, module=model, target=0)
    with pytest.raises(WrongAttribution):
        check_integrated_gradients(lambda *ends, **how: 2 * right(*ends, **how), forward, X, ZERO, target=0)


def test_equal_input_and_baseline_give_zeros() -> None:
    assert check(lambda x: x.pow(3).sum(1), 0 * X, baselines=X, accuracy=1e-3).right
    assert check(lambda x: x.pow(3).sum(1), 0 * X + 1e-9, baselines=X, accuracy=1e-3).verdict is Verdict.WRONG


def test_numbers_that_are_all_zero_are_no_named_mistake() -> None:
    model = Matrix([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    result = check(lambda x: model(x).tanh(), 0 * X, model=model, target=0)
    assert result.verdict is Verdict.WRONG
    assert result.why.startswith("all numbers are zero")
    assert result.mistakes == ()


@pytest.mark.parametrize(("factor", "name"), [(-1, "ends swapped or sign flipped"), (100, "constant factor")])
def test_factor_is_named(factor: float, name: str) -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    numbers = factor * Textbook.ig(forward, X, ZERO, n_steps=5)
    assert [one.name for one in check(forward, numbers).mistakes] == [name]


def test_wrong_target_of_one_example_is_named_beside_float32_weights() -> None:
    """The target is right for the first example: Captum's weights alone move its numbers."""
    model = Matrix([1.0, 2.0, 3.0], [0.5, -1.0, 2.0])
    forward = lambda x: model(x).sin()  # noqa: E731
    numbers = in_float32_weights(lambda x: forward(x)[:, 0], X, "gausslegendre", 20)
    result = check(forward, numbers, n_steps=20, target=torch.tensor([0, 1]), method="gausslegendre")
    assert "the target is 0" in [one.sentence for one in result.mistakes]


def test_factor_near_one_is_printed_with_all_its_digits() -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    numbers = (1 + 2.0**-30) * Textbook.ig(forward, X, ZERO, n_steps=5)
    (mistake,) = check(forward, numbers).mistakes
    assert mistake.sentence.startswith("every number is 1.000000000931")


def test_function_without_inputs_and_baselines_is_one_line() -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    with pytest.raises(ValueError, match=r"cannot be called as attributions\(inputs, baselines, n_steps=…\)"):
        check(forward, lambda n_steps: X)


def test_one_mistake_is_named_once_and_none_of_tokens_without_ids() -> None:
    forward = lambda x: (x + 1).sin().sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=5)
    result = check(forward, numbers, baselines=ZERO + 0.5)
    assert [one.name for one in result.mistakes] == ["baseline forgotten"]
