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
from reference.check import CheckResult, NotConverged, Verdict, WrongAttribution, check_integrated_gradients
from reference.check.field import MOST_NUMBERS, MOST_ROWS
from reference.check.integral import JUMP
from reference.laws.asking import Asking
from reference.laws.purity.snapshot import Snapshot
from reference.models.bert import TinyBert
from reference.oracle.budget import floor
from reference.oracle.expected import Oracle
from reference.oracle.quadrature import METHODS, rule
from reference.problem import Call, Problem, Tokens
from reference.violation import Violation
from tests.power.faults.canaries import input_for_difference, left_for_right
from tests.subjects.textbook import Textbook
from tests.unit.reference.drawn import SMALL, few

TOKENS = Tokens(ids=((0, 1, 2), (3, 1, 0)), baseline=((1, 2, 1), (0, 2, 2)), mask=((1, 1, 1), (1, 1, 0)))
BERT = Problem(model=TinyBert(), data=TOKENS, call=Call(n_steps=5))

X = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]], dtype=torch.float64)
ZERO = torch.zeros_like(X)

dtypes = pytest.mark.parametrize("dtype", ["float64", "float32"])


class Matrix(nn.Module):
    """x ↦ x W, one number for each example where W has one column."""

    def __init__(self, *columns: list[float]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(columns, dtype=torch.float64).T)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.weight


def check(forward: Callable[..., Any], attributions: Any = None, **given: Any) -> CheckResult:
    """The check, of textbook if nothing else is given, from zero to X if nothing else is given; of values alone."""
    own = {"inputs": X, "baselines": None, "n_steps": 5, "accuracy": None, **given}
    numbers = partial(Textbook.ig, forward) if attributions is None else attributions
    return check_integrated_gradients(forward, own.pop("inputs"), own.pop("baselines"), numbers, **own)


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
@pytest.mark.parametrize("method", METHODS)
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


def test_hidden_parameters_are_asked_for() -> None:
    hidden = {"model": Matrix([1.0, 2.0, 3.0]).float()}
    result = check(lambda x: hidden["model"](x), X.float(), inputs=X.float(), target=0)
    assert "Pass the model as `model=`" in result.why


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


@pytest.mark.parametrize(
    "target",
    [1, [1, 0], torch.tensor([1, 0]), torch.tensor(1), torch.tensor([1]), (1,)],
    ids=["int", "list", "tensor", "scalar tensor", "tensor of one", "tuple of one"],
)
def test_target_may_have_any_form(target: Any) -> None:
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
    forward = lambda x: x.pow(3) @ weight.to(x)  # noqa: E731
    own = [1, 0] if isinstance(target, list) or (isinstance(target, Tensor) and target.numel() > 1) else 1
    right = Textbook.ig(forward, X, ZERO, target=own, n_steps=5)
    assert check(forward, right, target=target).right
    wrong = Textbook.ig(forward, X, ZERO, target=0, n_steps=5)
    assert check(forward, wrong, target=target).verdict is Verdict.WRONG


@pytest.mark.parametrize("baselines", [None, 0, 0.0, ZERO, ZERO[:1]], ids=["None", "0", "0.0", "full", "one example"])
def test_baselines_may_have_any_form(baselines: Any) -> None:
    assert check(lambda x: x.pow(2).sum(1), X**2, baselines=baselines).right


def test_several_inputs_lie_on_one_path() -> None:
    y = X[:, :2] + 1
    forward = lambda x, y: x.sum(1) * y.sum(1)  # noqa: E731
    total = (X.sum(1) * y.sum(1) / 2).unsqueeze(1)
    right = (X / X.sum(1, keepdim=True) * total, y / y.sum(1, keepdim=True) * total)
    assert check(forward, right, inputs=(X, y), baselines=None).right
    assert "input 1" in check(forward, (right[0], 2 * right[1]), inputs=(X, y), baselines=None).why


def test_floating_arguments_follow_the_dtype_and_others_do_not() -> None:
    met: set[tuple[torch.dtype, ...]] = set()

    def forward(x: Tensor, scale: Tensor, chosen: Tensor, power: int, nested: dict[str, Tensor]) -> Tensor:
        met.add((x.dtype, scale.dtype, nested["shift"].dtype, chosen.dtype))
        return (scale * x**power + nested["shift"])[torch.arange(len(x)), chosen]

    scale, shift = torch.tensor([[2.0], [3.0]]).double(), torch.tensor([[1.0], [2.0]]).double()
    right = torch.zeros_like(X)
    right[0, 0], right[1, 2] = 2 * X[0, 0] ** 3, 3 * X[1, 2] ** 3
    assert check(forward, right, additional_forward_args=(scale, torch.tensor([0, 2]), 3, {"shift": shift})).right
    assert met == {(dtype, dtype, dtype, torch.int64) for dtype in (torch.float32, torch.float64)}


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_half_precision_is_judged_by_its_own_rounding(dtype: torch.dtype) -> None:
    model, x = Matrix([0.3, -0.2, 0.5]).to(dtype), X.to(dtype)
    square = lambda y: y * y  # noqa: E731
    forward = lambda x: square((x * model.weight.T).sum(1, keepdim=True)) + x.sum(1, keepdim=True)  # noqa: E731
    right = Textbook.ig(forward, x, ZERO.to(dtype), target=0, n_steps=5)
    assert check(forward, right, inputs=x, model=model, target=0).right
    assert check(forward, -right, inputs=x, model=model, target=0).verdict is Verdict.WRONG


def test_half_precision_that_hides_everything_cannot_be_judged() -> None:
    forward = lambda x: (1000 * x).sin().sum(1)  # noqa: E731
    x = X.bfloat16() / 3
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=5)
    result = check(forward, right, inputs=x)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "rounding in bfloat16 may be as large as the attribution" in result.why


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.4])
@pytest.mark.parametrize("accuracy", [1e-3, None])
def test_no_size_of_numbers_is_right_if_half_of_them_would_pass(factor: float, accuracy: float | None) -> None:
    forward = lambda x: (300 * x).sin().sum(1)  # noqa: E731
    x = (X[:1] / 300 * 12).bfloat16()
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=5)
    result = check(forward, factor * right.float(), inputs=x, accuracy=accuracy)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "numbers of half the size would pass too" in result.why


def test_rounding_in_half_precision_is_no_missing_step() -> None:
    forward = lambda x: x.pow(3).sum(1)  # noqa: E731
    x = (1.1 * X).bfloat16()
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=50)
    assert not torch.equal(right.double(), x.double() ** 3)
    result = check(forward, right, inputs=x, n_steps=50, accuracy=1e-6)
    assert result.right, result
    assert any("errors smaller than that are not seen" in remark for remark in result.remarks)


def test_delta_is_the_gap() -> None:
    forward = lambda x: x.pow(4).sum(1)  # noqa: E731
    right, delta = Textbook.ig(forward, X, ZERO, n_steps=2, return_convergence_delta=True)
    assert check(forward, right, n_steps=2, delta=delta).right
    assert check(forward, (right, delta), n_steps=2).right
    assert "delta of example 1" in check(forward, right, n_steps=2, delta=delta + torch.tensor([0, 1e-6])).why


def test_gap_of_a_wrong_delta_is_the_gap_that_is_printed() -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    x = X.float()
    right = Textbook.ig(forward, x, torch.zeros_like(x), n_steps=50)
    result = check(forward, right, inputs=x, n_steps=50, delta=torch.tensor([0.3, 0.0]))
    assert result.gap is not None
    assert result.why.endswith(f"F(x')) is {float(result.gap[0]):.6g}")


def test_token_scores_are_attributions_without_the_last_dimension() -> None:
    x = torch.arange(-9.0, 15.0, dtype=torch.float64).reshape(2, 3, 4)
    forward = lambda x: x.pow(3).flatten(1).sum(1)  # noqa: E731
    assert check(forward, (x**3).sum(-1), inputs=x).right
    assert check(forward, (x**3).sum(-1).tolist(), inputs=x).right
    assert check(forward, (x[:1] ** 3).sum(-1)[0], inputs=x[:1]).right
    assert [m.name for m in check(forward, (x**3).mean(-1), inputs=x).mistakes] == ["mean for sum"]


def test_too_few_steps_are_not_converged() -> None:
    result = check(lambda x: x.pow(8).sum(1), n_steps=2, accuracy=1e-3)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert result.n_steps == 4
    assert result.integral_error is not None
    rounding = floor((X**8).sum(1), torch.float64)
    assert bool(((result.integral - X**8).abs().amax(1) <= result.integral_error + rounding).all())
    with pytest.raises(NotConverged, match="n_steps: 4 steps of gausslegendre"):
        result.raise_for_status()


def test_jump_of_f_is_located() -> None:
    forward = lambda x: (x.pow(2).sum(1) + (x.sum(1) > 0.6).to(x)) * 1.0  # noqa: E731
    result = check(forward, inputs=X[:1], accuracy=1e-3)
    assert result.verdict is Verdict.NOT_CONVERGED
    assert result.n_steps is None
    assert result.jump == pytest.approx(0.4, abs=JUMP)


@pytest.mark.parametrize("share", [0.0, 1.0], ids=["all", "a part"])
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


@pytest.mark.parametrize("numbers", [0 * X, -(X**2)], ids=["zeros", "negative"])
def test_right_rule_is_found_if_none_was_told(numbers: Tensor) -> None:
    forward = lambda x: x.pow(4).sum(1)  # noqa: E731
    right = Textbook.ig(forward, X, ZERO, n_steps=20, method="riemann_right")
    result = check(forward, right, n_steps=None, accuracy=0.3)
    assert result.verdict is Verdict.RIGHT
    assert "riemann_right in 20 steps" in result.remarks[0]
    assert check(forward, numbers, n_steps=None, accuracy=0.3).verdict is Verdict.WRONG


def test_float32_weights_are_a_remark() -> None:
    right = rule("gausslegendre", 5)
    weights = torch.tensor(right.weights, dtype=torch.float32).double()
    forward = lambda x: x.tanh().pow(3).sum(1)  # noqa: E731
    points = torch.tensor(right.nodes, dtype=torch.float64).reshape(-1, 1, 1) * X
    gradient = 3 * points.tanh() ** 2 * (1 - points.tanh() ** 2)
    result = check(forward, (weights.reshape(-1, 1, 1) * gradient).sum(0) * X)
    assert result.right
    assert "but for float32 weights" in result.why
    assert "float32" in result.remarks[0]


def test_one_number_for_each_example_is_an_input() -> None:
    x = torch.tensor([1.0, 2.0])
    assert check(lambda x: x.pow(3), x.pow(3), inputs=x, accuracy=1e-3).right


def test_equal_input_and_baseline_give_zeros() -> None:
    assert check(lambda x: x.pow(3).sum(1), 0 * X, baselines=X, accuracy=1e-3).right
    assert check(lambda x: x.pow(3).sum(1), 0 * X + 1e-9, baselines=X, accuracy=1e-3).verdict is Verdict.WRONG


def test_numbers_that_are_all_zero_are_no_named_mistake() -> None:
    model = Matrix([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    result = check(lambda x: model(x).tanh(), 0 * X, model=model, target=0)
    assert result.verdict is Verdict.WRONG
    assert result.why.startswith("all numbers are zero")
    assert result.mistakes == ()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n_steps", [2, 3, 5])
def test_rule_that_was_not_told_is_named_and_judged_by_its_own_steps(method: str, n_steps: int) -> None:
    forward = lambda x: x.pow(6).sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=n_steps, method=method)
    result = check(forward, numbers, n_steps=None, accuracy=1e-4)
    if result.verdict is Verdict.NOT_CONVERGED:
        assert result.why.startswith(f"{n_steps} steps of {method} miss the integral")
        assert method in result.steps
    else:
        assert result.right, result


def test_another_rule_than_was_told_is_wrong() -> None:
    forward = lambda x: x.pow(6).sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=20, method="riemann_left")
    result = check(forward, numbers, n_steps=None, method="riemann_right", accuracy=0.5)
    assert result.verdict is Verdict.WRONG
    assert result.mistakes


def test_rule_that_is_not_found_is_asked_for() -> None:
    result = check(lambda x: x.pow(6).sum(1), X + 0.3, n_steps=None, accuracy=1e-4)
    assert result.verdict is Verdict.WRONG
    assert any("Pass method= and n_steps=" in remark for remark in result.remarks)


@pytest.mark.parametrize("decimals", [1, 3])
def test_numbers_that_were_rounded_are_right_to_their_decimals(decimals: int) -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    rounded = (Textbook.ig(forward, X, ZERO, n_steps=20) * 10**decimals).round() / 10**decimals
    result = check(forward, rounded, n_steps=20)
    assert result.right, result
    assert f"right to {decimals} decimals" in result.why
    moved = rounded.clone()
    moved[0, 1] += 10.0**-decimals
    assert check(forward, moved, n_steps=20).verdict is Verdict.WRONG


def test_rounding_that_hides_the_numbers_cannot_be_judged() -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    result = check(forward, Textbook.ig(forward, X, ZERO, n_steps=20).round(), n_steps=20)
    assert result.verdict is Verdict.CANNOT_BE_JUDGED
    assert "rounding to 0 decimals" in result.why


@pytest.mark.parametrize("keepdim", [False, True])
def test_images_may_be_summed_over_their_channels(keepdim: bool) -> None:
    x = torch.arange(-13.0, 23.0, dtype=torch.float64).reshape(2, 3, 3, 2) / 10
    forward = lambda x: x.pow(3).flatten(1).sum(1)  # noqa: E731
    numbers = (x**3).sum(1, keepdim=keepdim)
    result = check(forward, numbers, inputs=x, accuracy=1e-3)
    assert result.right, result
    numbers[(1, 0, 2, 1) if keepdim else (1, 2, 1)] += 0.1
    result = check(forward, numbers, inputs=x)
    assert "example 1, row 2, column 1: got" in result.why
    assert "token" not in str(result)


@pytest.mark.parametrize(("factor", "name"), [(-1, "ends swapped or sign flipped"), (100, "constant factor")])
def test_factor_is_named(factor: float, name: str) -> None:
    forward = lambda x: x.sin().sum(1)  # noqa: E731
    numbers = factor * Textbook.ig(forward, X, ZERO, n_steps=5)
    assert [one.name for one in check(forward, numbers).mistakes] == [name]


def test_one_mistake_is_named_once_and_none_of_tokens_without_ids() -> None:
    forward = lambda x: (x + 1).sin().sum(1)  # noqa: E731
    numbers = Textbook.ig(forward, X, ZERO, n_steps=5)
    result = check(forward, numbers, baselines=ZERO + 0.5)
    assert [one.name for one in result.mistakes] == ["baseline forgotten"]
