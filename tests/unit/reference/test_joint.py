"""The oracle of a whole call: each part of a joint path is what it is on its own, and nothing is repeated by place."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from reference.form import Form
from reference.models.net import TinyNet
from reference.models.net_data import Numbers, laid_out, values_of
from reference.oracle.expected import Expected
from reference.oracle.joint import Answer, apart, together
from reference.oracle.net_calls import right
from reference.oracle.path_integral import ScalarField, step_by_step, totals
from reference.oracle.quadrature import rule
from reference.problem import Call, Problem

TWO = Problem(
    model=TinyNet(inputs=((3,), (2, 2)), tokens=2, layers=("attention", "gelu"), output=(2, 3)),
    data=Numbers(examples=3, seed=7),
    call=Call(n_steps=4, target=(1, 2), delta=True, form=Form(arguments=("int64", "float", "settings"))),
)

RULE = rule("gausslegendre", 4)


def answer(problem: Problem) -> Answer:
    return right(problem, RULE)


def near(expected: Expected, other: Tensor) -> bool:
    """Within the rounding budget of each example."""
    error = (expected.attribution - other).abs().reshape(len(other), -1).amax(1)
    return bool((error <= expected.elements.value).all())


EVERY = torch.ones(3, dtype=torch.bool)


def test_tensors_put_together_come_apart() -> None:
    tensors = [torch.randn(4, generator=torch.Generator().manual_seed(0)), torch.zeros(4, 2, 3), torch.ones(4, 5)]
    parts = apart(together(tensors), tensors)
    assert all(torch.equal(part, tensor) for part, tensor in zip(parts, tensors, strict=True))


def test_joint_path_of_two_inputs_is_the_sum_that_one_step_at_a_time_gives() -> None:
    """The gradient of the second input, while the first one moves with it, one example and one step at a time."""
    net, values = TWO.model.module(torch.float64), values_of(TWO, torch.float64)
    expected = answer(TWO).parts
    found = [torch.zeros_like(part.attribution) for part in expected]
    deltas = [x - start for x, start in zip(values.inputs, values.baselines, strict=True)]
    for example in range(3):
        arguments = [one[example : example + 1] if isinstance(one, Tensor) else one for one in values.arguments]
        sums = [torch.zeros_like(delta[:1]) for delta in deltas]
        for alpha, weight in zip(RULE.nodes, RULE.weights, strict=True):
            points = [
                (start + alpha * delta)[example : example + 1].requires_grad_()
                for start, delta in zip(values.baselines, deltas, strict=True)
            ]
            value = net(*points, *arguments)[0, 1, 2]
            for total, gradient in zip(sums, torch.autograd.grad(value, points), strict=True):
                total += weight * gradient
        for part, total, delta in zip(found, sums, deltas, strict=True):
            part[example] = (total * delta[example])[0]
    assert all(near(part, by_steps) for part, by_steps in zip(expected, found, strict=True))


def test_delta_misses_completeness_by_the_error_of_the_rule() -> None:
    found = answer(TWO)
    whole = sum((totals(part.attribution) for part in found.parts), torch.zeros(3))
    error = found.delta - (whole - (found.ends[0] - found.ends[1]))
    assert bool((error.abs() <= found.delta_budget(EVERY).value).all())
    many = right(TWO, rule("gausslegendre", 60))
    assert bool((many.delta.abs() < found.delta.abs()).all())


def test_layers_of_all_inputs_share_the_change_of_f() -> None:
    """Together they are a cut through the net: no other path leads to the output."""
    problem = TWO.asking(layer="encode.0", more_layers=("encode.1", "table"))
    few, many = answer(problem), right(problem, rule("gausslegendre", 60))
    assert len(few.parts) == 3
    assert bool((many.delta.abs() < few.delta.abs()).all())
    alone = right(problem.asking(more_layers=()), rule("gausslegendre", 60))
    assert bool((many.delta.abs() < alone.delta.abs()).all())


def test_one_layer_alone_is_the_path_through_the_rest_of_the_net() -> None:
    problem = TWO.asking(layer="layers.0")
    net, values = TWO.model.module(torch.float64), values_of(problem, torch.float64)
    seen: list[Tensor] = []
    for ends in (values.inputs, values.baselines):
        with torch.no_grad():
            handle = net.layers[0].register_forward_hook(lambda module, args, output: seen.append(output))
            net(*ends, *values.arguments)
            handle.remove()

    def rest(hidden: Tensor) -> Tensor:
        hidden = net.layers[1](hidden)
        output: Tensor = net.head(torch.tanh(hidden.mean(1))).reshape(-1, 2, 3)[:, 1, 2]
        return output

    x, start = seen
    (part,) = answer(problem).parts
    assert near(part, step_by_step(ScalarField(rest, (), None, 3), x, start, RULE).attribution)


def test_average_gradient_times_the_difference_is_the_attribution() -> None:
    values = values_of(TWO, torch.float64)
    averages = answer(TWO.asking(multiply_by_inputs=False))
    for part, average, x, start in zip(answer(TWO).parts, averages.parts, values.inputs, values.baselines, strict=True):
        assert near(part, average.attribution * (x - start))
    apart_by = (averages.delta - answer(TWO).delta).abs()
    assert bool((apart_by <= averages.delta_budget(EVERY).value).all())


@pytest.mark.parametrize("nonfinite", ["gain", "offset"])
def test_a_value_that_is_not_finite_stays_in_its_example(nonfinite: str) -> None:
    problem = replace(TWO, model=replace(TWO.model, offset=True), data=replace(TWO.data, nonfinite=nonfinite))
    found = answer(problem)
    finite = found.delta.isfinite()
    assert finite.tolist() == [False, True, True]
    assert bool(found.parts[0].attribution[1:].isfinite().all())
    assert bool(found.delta_budget(finite).value.isfinite().all())
    assert bool(found.parts[0].attribution[0].isfinite().all()) == (nonfinite == "offset")


@pytest.mark.parametrize("layout", ["transposed", "slice", "parameter", "non-leaf", "requires grad"])
def test_layout_keeps_the_values(layout: str) -> None:
    tensor = values_of(TWO, torch.float64).inputs[1]
    assert torch.equal(laid_out(tensor, layout), tensor)


def test_expanded_layout_has_the_first_example_in_each_row() -> None:
    problem = TWO.asking(form=Form(inputs="expanded"))
    first = values_of(problem, torch.float64).inputs[1]
    assert torch.equal(laid_out(first, "expanded"), first)
    assert laid_out(first, "expanded").stride(0) == 0


def test_unknown_option_raises_an_error_that_lists_the_options() -> None:
    with pytest.raises(ValueError, match=r"inputs must be one of 'contiguous', .*; got 'sideways'"):
        Form(inputs="sideways")
    with pytest.raises(ValueError, match="unknown additional argument 'five'"):
        Form(arguments=("five",))
