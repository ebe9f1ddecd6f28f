"""Faults in the checks of arguments: a meaningless call returns a result, or fails later."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from reference.problem import Problem
from tests.power.faults.fault import AT_INPUTS, AT_TABLE, CAPTUM, MOVING_BAG, Fault
from tests.subjects.textbook import checks, integrated_gradients

RULE = integrated_gradients.rule
BASELINES = checks.baselines
BASELINE = checks._baseline
INPUTS = checks.inputs
TARGET = checks.target

Plant = Callable[[], AbstractContextManager[Any]]


def checking(name: str, check: Callable[..., Any]) -> Plant:
    """Plants a fault: the check `name` of textbook is replaced."""
    return lambda: mock.patch.object(checks, name, check)


def nothing(*arguments: Any) -> None:
    """No check at all."""


@contextmanager
def steps_truncated() -> Iterator[None]:
    """n_steps = 2.5 is taken as 2."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(checks, "rule", nothing))
        stack.enter_context(
            mock.patch.object(integrated_gradients, "rule", lambda method, n_steps: RULE(method, int(n_steps)))
        )
        yield


def raised_to_one(internal_batch_size: Any, everything: int) -> int:
    """Any internal_batch_size is taken, and raised to 1."""
    return everything if internal_batch_size is None else max(1, int(internal_batch_size))


def broadcast(given: Any, x: Tensor) -> Tensor:
    """A baseline is broadcast as far as torch can."""
    return given.expand_as(x) if isinstance(given, Tensor) else BASELINE(given, x)


def dimension_0_alone(given: Any, x: Tensor) -> Tensor:
    """Only dimension 0 of a baseline's shape is checked."""
    if isinstance(given, Tensor) and len(given) == 1:
        return given + torch.zeros_like(x)
    return BASELINE(given, x)


def any_dtype(given: Any, x: Tensor) -> Tensor:
    """A baseline keeps its own dtype."""
    return given.expand_as(x) if isinstance(given, Tensor) and given.shape == x.shape else BASELINE(given, x)


def bool_subtracted(given: Any, x: Tensor) -> Tensor:
    """A bool baseline is accepted, and fails in the subtraction."""
    return x - (x - given) if isinstance(given, bool) else BASELINE(given, x)


def truncated(given: Any, x: Tensor) -> Tensor:
    """0.5 is token 0."""
    return torch.full_like(x, given) if isinstance(given, float) else BASELINE(given, x)


def first_baselines(given: Any, inputs: Any) -> list[Tensor]:
    """Baselines and inputs are zipped, and the longer one is cut."""
    items = given if isinstance(given, tuple) else (given,)
    return [BASELINE(item, x) for item, x in zip(items, inputs, strict=False)]


def ids_made_floats(given: Any) -> list[Tensor]:
    """Integer inputs are converted, so that they can be interpolated."""
    return [tensor if tensor.is_floating_point() else tensor.float() for tensor in INPUTS(given)]


@contextmanager
def mask_made_floats() -> Iterator[None]:
    """Integer inputs and their baselines are converted, so that they can be interpolated."""

    def baselines(given: Any, inputs: Any) -> list[Tensor]:
        return BASELINES(tuple(item.to(x) for item, x in zip(given, inputs, strict=True)), inputs)

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(checks, "float_inputs", ids_made_floats))
        stack.enter_context(mock.patch.object(checks, "baselines", baselines))
        yield


def inputs_of_any_shapes(given: Any) -> list[Tensor]:
    """Inputs may have any shape."""
    return [tensor.detach() for tensor in (given if isinstance(given, tuple) else (given,))]


def any_layers(given: Any) -> list[Any]:
    """Layers are not checked to be modules."""
    return list(given) if isinstance(given, list) else [given]


def any_sequence(given: Any) -> list[Tensor]:
    """A list of inputs is taken for a tuple."""
    return INPUTS(tuple(given) if isinstance(given, list) else given)


def unchecked_target(given: Any, shape: tuple[int, ...]) -> Tensor:
    """Indices are not checked: indexing the output may raise."""
    return torch.as_tensor(given if isinstance(given, list) else [given] * shape[0]).view(shape[0], -1)


def cycled_target(given: Any, shape: tuple[int, ...]) -> Tensor:
    """Targets are repeated, or cut, to the number of examples."""
    return TARGET((given * shape[0])[: shape[0]] if isinstance(given, list) else given, shape)


def unchecked_output(given: Any, rows: int) -> Any:
    """The result of the forward is not checked to be a tensor."""
    if given.dim() == 0 or len(given) != rows:
        raise ValueError(f"forward must return {rows} rows")
    return given


def one_row_for_all(given: Tensor, rows: int) -> Tensor:
    """One row of the output is used for all rows."""
    return given.expand(rows, *given.shape[1:])


def one_value_for_all(given: Tensor, rows: int) -> Tensor:
    """One value of the output is used for all rows."""
    return given.reshape(-1).expand(rows) if given.numel() == 1 else given


def some_layer_called(modules: Any, calls: list[int]) -> None:
    """A list of layers is accepted if only one of them runs."""
    if not any(calls):
        raise RuntimeError("no layer was called")


def fault(name: str, law: str, link: str, planted: Plant, witness: Problem = AT_INPUTS) -> Fault:
    return Fault(name=name, law=law, link=f"{CAPTUM}/{link}", planted=planted, witness=witness)


FAULTS = (
    fault(
        "n_steps not checked",
        "n_steps_positive",
        "blob/v0.8.0/captum/attr/_utils/common.py",
        checking("rule", nothing),
    ),
    fault(
        "n_steps truncated", "n_steps_whole", "blob/v0.8.0/captum/attr/_utils/approximation_methods.py", steps_truncated
    ),
    Fault(
        name="unknown method taken as the default",
        law="method_known",
        link="https://github.com/nci/scores/issues/645",
        planted=checking("rule", nothing),
        witness=AT_INPUTS,
    ),
    fault("chunk raised to one", "internal_batch_size_positive", "pull/333", checking("rows", raised_to_one)),
    fault("baseline broadcast", "baselines_shape", "issues/203", checking("_baseline", broadcast)),
    fault("dimension 0 alone checked", "one_baseline_shape", "issues/1096", checking("_baseline", dimension_0_alone)),
    fault("baselines zipped", "baselines_count", "issues/203", checking("baselines", first_baselines)),
    fault("baseline of any dtype", "baselines_dtype", "issues/1096", checking("_baseline", any_dtype)),
    fault(
        "token baseline of any dtype",
        "token_baselines_dtype",
        "issues/1096",
        checking("_baseline", any_dtype),
        witness=AT_TABLE,
    ),
    fault("bool baseline subtracted", "bool_baseline", "issues/1096", checking("_baseline", bool_subtracted)),
    fault(
        "token baseline truncated",
        "token_baselines_whole",
        "pull/1924",
        checking("_baseline", truncated),
        witness=AT_TABLE,
    ),
    fault("ids made floats", "integer_inputs", "issues/405", checking("float_inputs", ids_made_floats)),
    fault("mask made floats", "mask_among_inputs", "issues/956", mask_made_floats),
    fault("inputs of any shapes", "inputs_are_one_batch", "issues/698", checking("float_inputs", inputs_of_any_shapes)),
    fault("empty batch divided by", "empty_batch", "issues/698", checking("float_inputs", inputs_of_any_shapes)),
    fault(
        "layers taken for modules", "layers_are_modules", "issues/726", checking("layers", any_layers), witness=AT_TABLE
    ),
    fault("inputs in a list", "inputs_are_tensors", "issues/1196", checking("inputs", any_sequence)),
    fault("target not checked", "target_in_range", "issues/455", checking("target", unchecked_target)),
    fault("target cycled", "target_fits", "issues/475", checking("target", cycled_target)),
    fault("one row for all", "forward_rows", "issues/373", checking("output", one_row_for_all), witness=MOVING_BAG),
    fault("one value for all", "forward_one_value", "pull/173", checking("output", one_value_for_all)),
    fault("output taken for a tensor", "forward_tensor", "issues/308", checking("output", unchecked_output)),
    fault("layer not looked for", "layer_run", "issues/875", checking("called_once", nothing), witness=AT_TABLE),
    fault(
        "some layer is enough",
        "every_layer_run",
        "issues/875",
        checking("called_once", some_layer_called),
        witness=AT_TABLE,
    ),
)
