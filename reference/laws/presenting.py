"""A small net's call as its caller writes it: every argument in the form that the call names.

The oracle is asked about the values of reference/models/net_data.py; the subject gets these objects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reference.form import Form, Mode
from reference.models.net import Net
from reference.models.net_data import NUMBER, Values, laid_out
from reference.oracle.net_calls import autocast
from reference.problem import Problem

N_STEPS: dict[str, Callable[[int], Any]] = {
    "int": int,
    "bool": bool,
    "text": str,
    "NumPy integer": np.int64,
    "0-d tensor": torch.tensor,
}

TENSORS_OF_TARGETS: dict[str, Callable[[list[Any]], Any]] = {
    "repeated": list,
    "tensor": torch.tensor,
    "tensor of one": lambda each: torch.tensor(each[:1]),
    "0-d tensor": lambda each: torch.tensor(each[0]),
    "int32 tensor": lambda each: torch.tensor(each, dtype=torch.int32),
    "uint8 tensor": lambda each: torch.tensor(each, dtype=torch.uint8),
    "NumPy integers": lambda each: [np.int64(index) for index in each],
    "NumPy array": np.array,
    "column": lambda each: torch.tensor(each).unsqueeze(1),
}
"""How the index of each example is given."""


class Owner:
    """An object of the user's, whose method is the forward."""

    def __init__(self, net: Net) -> None:
        self.net = net

    def forward(self, *given: Any) -> Tensor:
        """The output of the net."""
        output: Tensor = self.net(*given)
        return output


def forward_of(net: Net, form: Form) -> Callable[..., Any]:
    """The net as a closure, as a bound method, or as it is."""
    if form.forward == "module":
        return net
    return Owner(net).forward if form.forward == "method" else lambda *given: net(*given)


def arguments_of(problem: Problem, values: Values, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of the call, but for its layer. What the call leaves out is not among them.

    A call that leaves out n_steps leaves out a default method, too.
    """
    call, form = problem.call, problem.call.form
    given: dict[str, Any] = {}
    if form.n_steps != "left out" or call.method != defaults["method"]:
        given["method"] = call.method
    inputs = [laid_out(x, form.inputs) for x in values.inputs]
    if form.twice:
        inputs[1] = inputs[0]
    many = len(inputs) > 1 or form.tupled
    given["inputs"] = tuple(inputs) if many else inputs[0]
    if form.baselines != "left out":
        baselines = inputs if form.baselines == "inputs" else _baselines(form.baselines, values)
        given["baselines"] = tuple(baselines) if many else baselines[0]
    if values.arguments:
        arguments = [
            _argument(*named, form.arguments_layout) for named in zip(values.names, values.arguments, strict=True)
        ]
        given["additional_forward_args"] = arguments[0] if form.alone and len(arguments) == 1 else tuple(arguments)
    if form.n_steps != "left out":
        given["n_steps"] = N_STEPS[form.n_steps](call.n_steps)
    if call.target is not None:
        given["target"] = _target(problem)
    if call.internal_batch_size is not None:
        given["internal_batch_size"] = call.internal_batch_size
    if call.delta:
        given["return_convergence_delta"] = True
    if not call.multiply_by_inputs:
        given["multiply_by_inputs"] = False
    return given


def _baselines(form: str, values: Values) -> list[Any]:
    """A baseline for each input: a number, one example, or a tensor in the layout that the form names."""

    def made(i: int, x: Tensor, start: Tensor) -> Any:
        whole = not x.is_floating_point()
        if form in NUMBER or (form == "mixed" and i == 0):
            number = NUMBER.get(form, NUMBER["number"])
            return 1 if whole and number else number
        if form == "one example":
            return start[:1]
        if form == "other float" and not whole:
            return start.to(torch.float32 if start.dtype == torch.float64 else torch.float64)
        return laid_out(start, form)

    return [made(i, *ends) for i, ends in enumerate(zip(values.inputs, values.baselines, strict=True))]


def _argument(name: str, argument: Any, layout: str) -> Any:
    """An additional argument in the layout, if it has a row for each example; a leaf if it needs a gradient."""
    if name == "needs grad":
        return argument.clone().requires_grad_()
    per_example = isinstance(argument, Tensor) and argument.dim() and name not in ("ids", "shared", "offset")
    return laid_out(argument, layout) if per_example else argument


def _target(problem: Problem) -> Any:
    """The target of the call in its form."""
    target, form = problem.call.target, problem.call.form.target
    deep = len(problem.model.output) > 1
    each = isinstance(target, tuple) and (not deep or isinstance(target[0], tuple))
    listed = list(target) if each else [target] * problem.data.batch  # type: ignore[arg-type]
    if form == "from the end":
        listed = [index - problem.model.output[0] for index in listed]
    if form in ("index", "from the end"):
        return listed if each else listed[0]
    return TENSORS_OF_TARGETS[form](listed)


@contextmanager
def in_force(mode: Mode, net: Net) -> Iterator[None]:
    """The mode of the call, in torch and in the net."""
    net.train(mode.training).requires_grad_(not mode.frozen)
    with default_dtype(mode), ExitStack() as stack:
        for module in net.modules():
            _hook(mode.hooks, module, stack)
        if mode.grad == "no_grad":
            stack.enter_context(torch.no_grad())
        if mode.grad == "inference_mode":
            stack.enter_context(torch.inference_mode())
        if mode.autocast:
            stack.enter_context(autocast(net.head.weight.device.type))
        yield


@contextmanager
def default_dtype(mode: Mode) -> Iterator[None]:
    """The dtype in which torch makes tensors of floats."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, mode.default_dtype))
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _hook(kind: str, module: nn.Module, stack: ExitStack) -> None:
    """A hook of the user's, who only looks."""
    if kind == "forward":
        stack.enter_context(_removed(module.register_forward_hook(lambda *seen: None)))
    elif kind == "backward" and isinstance(module, nn.Linear):
        stack.enter_context(_removed(module.register_full_backward_hook(lambda *seen: None)))


@contextmanager
def _removed(handle: Any) -> Iterator[None]:
    try:
        yield
    finally:
        handle.remove()
