"""Group *value*: the result of any call, whatever options it combines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, reduce
from operator import or_
from typing import Any

import torch
from torch import Tensor

from reference.constraint import (
    ARGUMENTS,
    CHUNK,
    DELTA_OF_AVERAGE,
    ENDS,
    INFERENCE_MODE,
    LAYER,
    N_STEPS,
    TARGET,
    Constraint,
)
from reference.laws.cannot import Scaled, scaled, torch_permitting
from reference.laws.law import law
from reference.laws.presenting import arguments_of, default_dtype, forward_of, in_force
from reference.models.net_data import values_of
from reference.oracle.budget import Budget, assert_equal, assert_shape, name
from reference.oracle.expected import Expected
from reference.oracle.net_calls import layers_of, right
from reference.problem import Problem
from reference.subject import Subject, check_offered, defaults_of, rule_of
from reference.violation import Severity, Violation, called, result_or_error, wrong_structure

DOCUMENTED = "https://captum.ai/api/integrated_gradients.html"

MAY_RAISE: dict[str, Constraint] = {
    "chunk": CHUNK,
    "target": TARGET,
    "n_steps": N_STEPS,
    "arguments": ARGUMENTS,
    "baselines": ENDS,
    "grad": INFERENCE_MODE,
    "delta": DELTA_OF_AVERAGE,
    "layers": LAYER,
}
"""What an error may be about. A problem allows an error for one of them at most, so that it hides no other fault."""


class WrongInputCall(Violation):
    """IG under some options of a call is neither the rule's sum, nor an error that the documentation allows."""


class WrongLayerCall(Violation):
    """LIG under some options of a call is neither the rule's sum, nor an error that the documentation allows."""


@law(group="value", violation=WrongInputCall, needs={"ig"}, source=DOCUMENTED, domain="input_calls")
def any_input_call(problem: Problem, subject: Subject) -> None:
    """IG, and its delta, under any options together = the rule's sum, or an error that names the option at fault."""
    _check(WrongInputCall, problem, subject)


@law(group="value", violation=WrongLayerCall, needs={"lig"}, source=DOCUMENTED, domain="layer_calls")
def any_layer_call(problem: Problem, subject: Subject) -> None:
    """LIG, and its delta, under any options together = the rule's sum, or an error that names the option at fault."""
    _check(WrongLayerCall, problem, subject)


def may_raise(problem: Problem) -> list[str]:
    """The options of the call for which an error is allowed: names of MAY_RAISE."""
    call, form = problem.call, problem.call.form
    in_series = any(layer.path in problem.model.chain for layer in layers_of(problem))
    allowed = {
        "chunk": call.internal_batch_size is not None and call.internal_batch_size < problem.data.batch,
        "target": form.target in UNDOCUMENTED_TARGETS,
        "n_steps": form.n_steps not in ("int", "left out"),
        "arguments": bool({"nested", "shared"} & {*form.arguments}),
        "baselines": form.baselines == "other float",
        "grad": call.mode.grad == "inference_mode",
        "delta": call.delta and not call.multiply_by_inputs,
        "layers": bool(call.more_layers) and in_series,
    }
    return [option for option, may in allowed.items() if may]


UNDOCUMENTED_TARGETS = (*("int32 tensor", "uint8 tensor", "NumPy integers", "NumPy array", "column", "from the end"),)


def _check(violation: type[Violation], problem: Problem, subject: Any) -> None:
    __tracebackhide__ = True
    what = _what(problem)
    allowed = [MAY_RAISE[option] for option in may_raise(problem)]
    call = _call(problem, subject)
    with torch_permitting(violation, partial(_scaled, problem, subject)):
        may = reduce(or_, allowed) if allowed else None
        result = called(violation, what, call) if may is None else result_or_error(violation, what, may, call)
    if result is None and may is not None:  # an error that is allowed
        return
    got, delta = result, None
    if problem.call.delta:
        if not (isinstance(result, tuple) and len(result) == 2):
            raise wrong_structure(violation, what, "(attribution, delta)", result)
        got, delta = result
    with default_dtype(problem.call.mode):  # the rule of a known defect may depend on it
        rule = rule_of(subject, problem.call.method, _n_steps(problem, subject))
    answer = right(problem, rule, subject.device)
    several = len(answer.parts) > 1
    # A part may be 0: a layer that another one overrides, or an input that equals its baseline.
    sizes = torch.stack([_largest(expected.attribution) for expected in answer.parts]).amax(0)
    for i, (part, expected) in enumerate(zip(_parts(violation, problem, got, what), answer.parts, strict=True)):
        of = f"part {i} of {what}" if several else what
        _assert_type(violation, part, problem, of)
        finite = expected.attribution.reshape(len(expected.attribution), -1).isfinite().all(1)
        _assert_equal(violation, part, expected.attribution, finite, partial(_elements, expected, finite), of, sizes)
    if delta is not None:
        finite = answer.delta.isfinite()
        what, change = f"the delta of {what}", answer.ends[0] - answer.ends[1]
        _assert_equal(violation, delta, answer.delta, finite, partial(answer.delta_budget, finite), what, change)


def _call(problem: Problem, subject: Any) -> Callable[[], Any]:
    """The call of the subject, with fresh objects.

    Raises   NotApplicable if the subject declares that it lacks what the call uses
    """
    net = problem.model.module(problem.dtype).to(subject.device)
    values = values_of(problem, problem.dtype).on(subject.device)
    given = arguments_of(problem, values, defaults_of(subject))
    layers = layers_of(problem)
    if layers:
        modules = [layer.module(net) for layer in layers]
        given["layer"] = modules if problem.call.form.listed or len(layers) > 1 else modules[0]
        if layers[0].at_input:
            given["attribute_to_layer_input"] = True
    check_offered(subject, given)
    method = subject.lig if layers else subject.ig

    def call() -> Any:
        with in_force(problem.call.mode, net):
            return method(forward_of(net, problem.call.form), **given)

    return call


@contextmanager
def _scaled(problem: Problem, subject: Any) -> Iterator[Scaled]:
    """The forward of the call as a function of one number."""
    net = problem.model.module(problem.dtype).to(subject.device)
    given = arguments_of(problem, values_of(problem, problem.dtype), defaults_of(subject))
    inputs, more = given["inputs"], given.get("additional_forward_args")
    with in_force(problem.call.mode, net), torch.inference_mode(False), torch.enable_grad():
        yield scaled(
            forward_of(net, problem.call.form),
            inputs if isinstance(inputs, tuple) else (inputs,),
            () if more is None else more if isinstance(more, tuple) else (more,),
            [layer.module(net) for layer in layers_of(problem)],
        )


def _n_steps(problem: Problem, subject: Any) -> int:
    left_out = problem.call.form.n_steps == "left out"
    return int(defaults_of(subject)["n_steps"]) if left_out else problem.call.n_steps


def _what(problem: Problem) -> str:
    return f"LIG at {' and '.join(map(str, layers))}" if (layers := layers_of(problem)) else "IG"


def _largest(attribution: Tensor) -> Tensor:
    return attribution.abs().reshape(len(attribution), -1).amax(1)


def _elements(expected: Expected, rows: Tensor) -> Budget:
    return expected.of(rows).elements


def _parts(violation: type[Violation], problem: Problem, got: Any, what: str) -> list[Any]:
    """The attribution of each input, or of each layer."""
    __tracebackhide__ = True
    layers, inputs, form = layers_of(problem), len(problem.model.inputs), problem.call.form
    many = (len(layers) > 1 or form.listed) if layers else (inputs > 1 or form.tupled)
    if not many:
        return [got]
    container, count = (list, len(layers)) if layers else (tuple, inputs)
    if not isinstance(got, container) or len(got) != count:
        raise wrong_structure(violation, what, f"a {container.__name__} of {count}", got)
    return list(got)


def _assert_type(violation: type[Violation], got: Any, problem: Problem, what: str) -> None:
    """A tensor in the dtype of what is attributed, or wider if that is half precision."""
    __tracebackhide__ = True
    if not isinstance(got, Tensor):
        raise wrong_structure(violation, what, "a tensor", got)
    allowed = {problem.dtype, torch.promote_types(problem.dtype, torch.float32)}
    if problem.call.mode.autocast and problem.dtype == torch.float32:
        allowed.add(torch.bfloat16)
    if problem.call.form.baselines == "other float":
        allowed.add(torch.float64)
    if got.dtype not in allowed:
        raise violation(f"{what}: got {name(got.dtype)}, expected {name(problem.dtype)}", Severity.WRONG_SHAPE)


def _assert_equal(
    violation: type[Violation],
    got: Any,
    expected: Tensor,
    finite: Tensor,
    budget: Callable[[], Budget],
    what: str,
    against: Tensor,
) -> None:
    """Equal to rounding in the finite examples; in the others, the same elements are not finite."""
    __tracebackhide__ = True
    assert_shape(violation, got, tuple(expected.shape), what)
    got = got.detach().cpu().double()
    if not torch.equal(got[~finite].isfinite(), expected[~finite].isfinite()):
        raise violation(f"{what}: got {got[~finite].tolist()}, expected {expected[~finite].tolist()}")
    if bool(finite.any()):
        beside = against[finite]
        assert_equal(violation, got=got[finite], expected=expected[finite], budget=budget(), what=what, against=beside)
