"""A model seen from one of its modules: what passes there, the rest of the model as a function of it, no trace left."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import torch
from hypothesis import given
from torch import Tensor, nn

from reference.built_problem import BuiltProblem, Entry, Layer
from reference.oracle.budget import assert_equal, rounding
from reference.oracle.substitution import activations, passing, rest, substituted, whole
from reference.problem import Problem
from reference.violation import Violation
from tests.unit.reference.drawn import SMALL, few, path_at


class Differs(Violation):
    """The rest of the model at h(x) is not the model at x."""


class Double(nn.Module):
    """2x, given back in the form that `pack` makes of it."""

    def __init__(self, pack: Callable[[Tensor], Any] = lambda doubled: doubled) -> None:
        super().__init__()
        self.pack = pack

    def forward(self, x: Tensor, plus: float = 0) -> Any:
        return self.pack(2 * x + plus)


class Squares(nn.Module):
    """The sum of squares of what `inner` gives, which it is called for as `call` says."""

    def __init__(
        self,
        inner: nn.Module,
        call: Callable[[nn.Module, Tensor], Any] = lambda inner, x: inner(x),
        unpack: Callable[[Any], Tensor] = lambda packed: packed,
    ) -> None:
        super().__init__()
        self.inner, self.call, self.unpack = inner, call, unpack

    def forward(self, x: Tensor) -> Tensor:
        return (self.unpack(self.call(self.inner, x)) ** 2).sum(1)


X, BASELINE = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[0.0, 1.0], [1.0, 0.0]])


def entry(model: nn.Module) -> Entry:
    return Entry(model, X, BASELINE)


def triple(x: Tensor) -> Tensor:
    return 3 * x


def test_substituted_module_is_restored_afterwards() -> None:
    module = Double()
    with substituted(module, triple):
        assert torch.equal(module(X), 3 * X)
    assert torch.equal(module(X), 2 * X)
    assert "forward" not in module.__dict__


def test_substitutions_nest_and_are_undone_from_within() -> None:
    module = Double()
    with substituted(module, triple):
        with substituted(module, torch.neg):
            assert torch.equal(module(X), -X)
        assert torch.equal(module(X), 3 * X)
    assert torch.equal(module(X), 2 * X)


def test_a_forward_of_the_instances_own_is_put_back() -> None:
    module = Double()
    module.forward = triple  # type: ignore[method-assign, assignment]
    with substituted(module, torch.neg):
        pass
    assert module.__dict__["forward"] is triple


def test_an_exception_inside_leaves_no_trace() -> None:
    module = Double()
    with suppress(KeyError), substituted(module, triple), substituted(module, torch.neg):
        raise KeyError
    assert "forward" not in module.__dict__


@pytest.mark.parametrize("at_input", [False, True])
def test_a_model_that_fails_leaves_no_trace(at_input: bool) -> None:
    module = Double()
    model = Squares(module, unpack=lambda packed: packed.missing)
    with pytest.raises(AttributeError, match="missing"):
        passing([(module, at_input)], model, X, ())
    with pytest.raises(AttributeError, match="missing"):
        rest(module, entry(model), None, at_input=at_input).gradient(X)
    assert "forward" not in module.__dict__


CALLS: dict[str, Callable[[nn.Module, Tensor], Any]] = {
    "by place": lambda inner, x: inner(x, 1.0),
    "by name": lambda inner, x: inner(x=x, plus=1.0),
}
PACKS: dict[str, tuple[Callable[[Tensor], Any], Callable[[Any], Tensor]]] = {
    "a tensor": (lambda doubled: doubled, lambda packed: packed),
    "a tuple": (lambda doubled: (doubled, "kept"), lambda packed: packed[0] if packed[1:] == ("kept",) else packed),
}


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("at_input", [False, True])
def test_module_value_is_recorded_and_replaced_for_every_call_form(at_input: bool, call: str, pack: str) -> None:
    made, unpacked = PACKS[pack]
    module = Double(made)
    case = entry(Squares(module, CALLS[call], unpacked))
    (seen,) = activations([(module, at_input)], case)
    field = rest(module, case, None, at_input=at_input)
    points = torch.tensor([[5.0, 6.0], [7.0, 8.0]])
    passed = 2 * points + 1 if at_input else points
    for value, end in zip(seen, (X, BASELINE), strict=True):
        assert torch.equal(value, end if at_input else 2 * end + 1)
    assert torch.equal(field(points), (passed**2).sum(1))
    assert torch.equal(field.gradient(points), 4 * passed if at_input else 2 * passed)


def test_the_baselines_end_of_a_joint_path_has_its_own_arguments() -> None:
    module = Double()
    case = Entry(lambda x, plus: module(x, plus).sum(1), X, BASELINE, (1.0,), (10.0,))
    ((x, baseline),) = activations([(module, False)], case)
    assert torch.equal(x, 2 * X + 1)
    assert torch.equal(baseline, 2 * BASELINE + 10)


RUNS: dict[int, Callable[[nn.Module], nn.Module]] = {
    0: lambda module: nn.Identity(),
    2: lambda module: nn.Sequential(module, module),
}


@pytest.mark.parametrize("times", RUNS)
@pytest.mark.parametrize("at_input", [False, True])
def test_a_module_that_is_not_run_exactly_once_is_refused(at_input: bool, times: int) -> None:
    module = Double()
    with pytest.raises(ValueError, match=f"Double is run {times} times in one forward, not once"):
        passing([(module, at_input)], RUNS[times](module), X, ())
    assert "forward" not in module.__dict__


def test_one_run_shows_many_modules_and_both_sides_of_one() -> None:
    inner, outer = Double(), Double()
    watched = [(inner, False), (outer, True), (outer, False), (inner, True)]
    doubled, given, doubled_again, first = passing(watched, lambda x: outer(inner(x)), X, ())
    assert torch.equal(first, X)
    assert torch.equal(doubled, given)
    assert torch.equal(doubled_again, 2 * given)
    assert not {"forward"} & {*inner.__dict__, *outer.__dict__}


def test_an_output_of_one_row_for_all_is_broadcast_to_the_batch() -> None:
    table = nn.Embedding.from_pretrained(torch.eye(3, 2), freeze=False)
    places = torch.arange(3).unsqueeze(0)
    (seen,) = passing([(table, False)], lambda x: x + table(places), torch.zeros(4, 3, 2), ())
    assert torch.equal(seen, table(places).expand(4, 3, 2))
    assert not seen.requires_grad


def test_the_whole_is_the_model_at_its_own_inputs() -> None:
    case = Entry(lambda x, scale: scale * x, X, BASELINE, (torch.tensor([[2.0], [3.0]]),))
    assert whole(case, (1, 0))(X).tolist() == [4.0, 9.0]


Value = Callable[[BuiltProblem, Layer], Tensor]


def assert_equal_at_every_place(problem: Problem, got: Value, expected: Value) -> None:
    """F in float64, to what F in float32 shows of its conditioning and 4 ulps."""
    float64, float32 = problem.build("float64"), problem.build("float32")
    for place in float64.layers_in_order:
        right = expected(float64, place)
        unit = (expected(float32, place).double() - right).abs()
        budget = rounding(unit, right.abs(), torch.float64)
        assert_equal(Differs, got=got(float64, place), expected=right, budget=budget, what=f"F from {place} on")


@few
@given(problem=SMALL)
def test_rest_of_the_model_at_the_layers_value_equals_the_model(problem: Problem) -> None:
    target = problem.call.target

    def of_the_rest(built: BuiltProblem, place: Layer) -> Tensor:
        path = path_at(built, place, target)
        return path.field(path.x)

    def of_the_model(built: BuiltProblem, place: Layer) -> Tensor:
        return whole(built.layered, target)(built.layered.inputs)

    assert_equal_at_every_place(problem, of_the_rest, of_the_model)


@few
@given(problem=SMALL)
@pytest.mark.night
def test_substituting_halfway_is_what_a_hook_does_at_every_place(problem: Problem) -> None:
    target = problem.call.target

    def by_substitution(built: BuiltProblem, place: Layer) -> Tensor:
        path = path_at(built, place, target)
        return path.field((path.x + path.baseline) / 2)

    def by_a_hook(built: BuiltProblem, place: Layer) -> Tensor:
        path, module = path_at(built, place, target), place.module(built.model)
        halfway = (path.x + path.baseline) / 2
        if place.at_input:
            handle = module.register_forward_pre_hook(lambda module, args: (halfway, *args[1:]))
        else:
            handle = module.register_forward_hook(
                lambda module, args, output: halfway if isinstance(output, Tensor) else (halfway, *output[1:])
            )
        try:
            return whole(built.layered, target)(built.layered.inputs)
        finally:
            handle.remove()

    assert_equal_at_every_place(problem, by_substitution, by_a_hook)
