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
from reference.check import check_integrated_gradients
from reference.laws.asking import Asking
from reference.laws.purity.snapshot import Snapshot
from reference.laws.value.attributions import WrongInputAttribution
from reference.models.bert import TinyBert
from reference.oracle.expected import Oracle
from reference.oracle.quadrature import METHODS, rule
from reference.problem import Call, Problem, Tokens
from reference.violation import NotApplicable, Violation
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


def check(forward: Callable[..., Any], attribute: Callable[..., Any] | None = None, **given: Any) -> None:
    """The check, of textbook where nothing else is to be attributed by, from zero to X where nothing else is given."""
    ends = {"inputs": X, "baselines": torch.zeros_like(given.get("inputs", X))}
    check_integrated_gradients(attribute or partial(Textbook.ig, forward), forward, **{"n_steps": 5, **ends, **given})


def check_bert(
    problem: Problem, attribute: Callable[..., Any] | None = None, built: BuiltProblem | None = None
) -> None:
    """The check as the owner of a BERT calls it."""
    built = built or problem.build()
    entry = built.embeddings
    given = {"inputs": entry.inputs, "baselines": entry.baselines, "additional_forward_args": entry.additional}
    check(
        entry.forward,
        attribute,
        module=built.model,
        **given,
        **Asking(Violation, problem, Textbook(), built).options,
    )


def answering(result: Tensor) -> Callable[..., Tensor]:
    """An implementation that gives this result, whatever it is asked."""
    return lambda *arguments, **options: result


@few
@given(problem=SMALL)
def test_a_right_implementation_passes(problem: Problem) -> None:
    check_bert(problem)


@dtypes
@pytest.mark.parametrize(
    ("plant", "method"), [(left_for_right, "riemann_right"), (input_for_difference, "gausslegendre")]
)
def test_a_planted_fault_is_named_with_its_worst_element(plant: Callable[[], Any], method: str, dtype: str) -> None:
    with (
        plant(),
        pytest.raises(WrongInputAttribution, match=f"attribution by {method} in 5 steps: example [01], token"),
    ):
        check_bert(BERT.asking(method=method, dtype=dtype))


@dtypes
@pytest.mark.parametrize("method", METHODS)
def test_half_a_value_budget_passes_and_two_budgets_fail(method: str, dtype: str) -> None:
    problem = BERT.asking(method=method, dtype=dtype)
    expected = Oracle.of(problem, rule(method, 5)).ig()
    for example, budget in enumerate(expected.elements.value):
        moved = torch.zeros_like(expected.attribution)
        moved[example, 1, 2] = budget
        check_bert(problem, answering(expected.attribution + moved / 2))
        with pytest.raises(WrongInputAttribution, match=f"example {example}, token 1, unit 2: .* times the budget"):
            check_bert(problem, answering(expected.attribution + 2 * moved))


def test_what_was_rounded_to_float32_on_the_way_is_seen() -> None:
    right = partial(Textbook.ig, BERT.build().embeddings.forward)
    with pytest.raises(WrongInputAttribution):
        check_bert(BERT, lambda *ends, **how: right(*ends, **how).float().double())


@dtypes
def test_the_model_and_all_that_is_given_are_left_bit_for_bit(dtype: str) -> None:
    built = BERT.asking(dtype=dtype).build()
    entry = built.embeddings
    entry.inputs.requires_grad_()
    given = {"inputs": entry.inputs, "baselines": entry.baselines, "mask": entry.additional[0]}
    before = Snapshot.of(built.model, given)
    places = {name: tensor.data_ptr() for name, tensor in built.model.state_dict().items()}
    check_bert(BERT.asking(dtype=dtype), built=built)
    assert before.changes() == []
    assert {name: tensor.data_ptr() for name, tensor in built.model.state_dict().items()} == places


def test_a_forward_that_fails_leaves_the_model_as_it_was() -> None:
    model = Matrix([1.0, 2.0, 3.0])
    before = Snapshot.of(model)

    def forward(x: Tensor) -> Tensor:
        if x.dtype == torch.float32:
            raise RuntimeError("no float32 here")
        return model(x)

    with pytest.raises(ValueError, match=r"does not run in float32 on cpu: RuntimeError: no float32 here\."):
        check(forward, module=model, target=0)
    assert before.changes() == []


def test_shared_parameters_are_those_of_the_module() -> None:
    first, second = Matrix([1, 2, 3], [4, 5, 6], [7, 8, 9]), Matrix([1, 2, 3])
    second.weight = first.weight
    model = nn.Sequential(first, nn.Tanh(), second)

    def forward(x: Tensor) -> Tensor:
        return (model(x) * first.weight[0]).sum(1)

    check(forward, module=model)
    with pytest.raises(ValueError, match=r"does not run in float32.* one of `module`\?"):
        check(forward)


def test_no_call_of_the_oracle_has_more_rows_than_there_are_examples() -> None:
    rows: list[int] = []

    def forward(x: Tensor) -> Tensor:
        rows.append(len(x))
        return x.pow(2).sum(1)

    check(forward, answering(X**2), n_steps=20)
    assert max(rows) == len(X)


@pytest.mark.parametrize("target", [1, [1, 0], torch.tensor([1, 0])], ids=["one for all", "a list", "a tensor"])
def test_a_target_may_have_any_of_its_forms(target: Any) -> None:
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], dtype=torch.float64)
    forward = lambda x: x.pow(3) @ weight.to(x)  # noqa: E731
    check(forward, target=target)
    with pytest.raises(WrongInputAttribution):
        check(forward, lambda *ends, **how: Textbook.ig(forward, *ends, **{**how, "target": [0, 1]}), target=target)


def test_floating_arguments_follow_the_dtype_and_others_do_not() -> None:
    met: set[tuple[torch.dtype, ...]] = set()

    def forward(x: Tensor, scale: Tensor, chosen: Tensor, power: int) -> Tensor:
        met.add((x.dtype, scale.dtype, chosen.dtype))
        return (scale * x**power)[torch.arange(len(x)), chosen]

    check(forward, additional_forward_args=(torch.tensor([[2.0], [3.0]]).double(), torch.tensor([0, 2]), 3))
    assert met == {(dtype, dtype, torch.int64) for dtype in (torch.float32, torch.float64)}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"inputs": X.bfloat16()}, "inputs are bfloat16, baselines bfloat16: both float64 or float32"),
        ({"baselines": ZERO.float()}, "inputs are float64, baselines float32"),
        ({"baselines": ZERO[:1]}, r"baselines have shape \(1, 3\), inputs \(2, 3\)"),
    ],
    ids=["half precision", "two dtypes", "one baseline for all"],
)
def test_ends_that_cannot_be_checked_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check(lambda x: x.sum(1), **given)


@pytest.mark.parametrize(
    ("forward", "words"),
    [
        (lambda x: x.float().sum(1), "returns float32 where all is float64: let it keep its input's dtype"),
        (nn.Sequential(nn.Dropout(), nn.Flatten(0)), "forward does not run in float64"),
        (lambda x: nn.functional.dropout(x).sum(1), "gives two values for one input: is dropout active"),
    ],
    ids=["dtype", "rows", "dropout"],
)
def test_a_forward_that_cannot_be_checked_is_refused(forward: Callable[..., Any], words: str) -> None:
    with torch.random.fork_rng(), pytest.raises(ValueError, match=words):
        check(forward, answering(X))


def test_what_is_not_finite_is_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="not finite"):
        check(lambda x: x.log().sum(1))
