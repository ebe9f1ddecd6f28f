"""Faults that leave something behind: in the model, its arguments, the process, or in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from tests.power.faults.fault import AT_INPUTS, AT_TABLE, CAPTUM, MOVING_BAG, Fault, one_token
from tests.subjects.textbook import checks, integrated_gradients, layers, scalar

ATTRIBUTE = integrated_gradients.attribute
INPUTS = checks.inputs
HOOKED = layers.hooked


@contextmanager
def gradients_accumulated() -> Iterator[None]:
    """`backward()` in place of `autograd.grad`: gradients go into every parameter's .grad, too."""
    torchs_own = torch.autograd.grad

    def grad(outputs: Tensor, inputs: Any, ones: Any = None, **options: Any) -> Any:
        if not isinstance(inputs, list):  # a call of the oracle, which has no fault
            return torchs_own(outputs, inputs, ones, **options)
        outputs.backward(ones)
        return [tensor.grad for tensor in inputs]

    with mock.patch.object(torch.autograd, "grad", grad):
        yield


@contextmanager
def layer_left_in_eval_mode() -> Iterator[None]:
    """The layer is put into eval mode, and stays there."""

    def hooked(modules: Any, at_input: bool) -> Any:
        for module in modules:
            module.eval()
        return HOOKED(modules, at_input)

    with mock.patch.object(layers, "hooked", hooked):
        yield


@contextmanager
def inputs_left_needing_gradients() -> Iterator[None]:
    """The caller's own tensor is made to require a gradient."""

    def inputs(given: Any) -> list[Tensor]:
        for tensor in given if isinstance(given, tuple) else (given,):
            tensor.requires_grad_(tensor.is_floating_point())
        return INPUTS(given)

    with mock.patch.object(checks, "inputs", inputs):
        yield


@contextmanager
def gradient_of_inputs_reset() -> Iterator[None]:
    """The .grad of the caller's own tensor is set to zero."""

    def inputs(given: Any) -> list[Tensor]:
        for tensor in given if isinstance(given, tuple) else (given,):
            if tensor.grad is not None:
                tensor.grad.zero_()
        return INPUTS(given)

    with mock.patch.object(checks, "inputs", inputs):
        yield


@contextmanager
def hooks_left_by_failure() -> Iterator[None]:
    """Hooks are removed at the end of a call, but not after an error."""
    open_ends: list[Any] = []

    @contextmanager
    def hooked(modules: Any, at_input: bool) -> Iterator[Any]:
        own = HOOKED(modules, at_input)
        open_ends.append(own)
        yield own.__enter__()
        own.__exit__(None, None, None)

    with mock.patch.object(layers, "hooked", hooked):
        yield


@contextmanager
def modules_above_left_in_eval_mode() -> Iterator[None]:
    """A call puts all modules into eval mode, and later only the layers that hold the weights into train mode."""

    def hooked(modules: Any, at_input: bool) -> Any:
        for module in modules:
            for part in module.modules():
                part.training = part.training and not any(part.children())
        return HOOKED(modules, at_input)

    with mock.patch.object(layers, "hooked", hooked):
        yield


@contextmanager
def backward_hooks_cleared() -> Iterator[None]:
    """A layer's backward hooks are cleared, those of the caller, too."""

    def hooked(modules: Any, at_input: bool) -> Any:
        for module in modules:
            for part in module.modules():
                part._backward_hooks.clear()
        return HOOKED(modules, at_input)

    with mock.patch.object(layers, "hooked", hooked):
        yield


@contextmanager
def full_memory_hidden() -> Iterator[None]:
    """A call that runs out of memory ends with what it has so far: nothing."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        try:
            return ATTRIBUTE(F, ends, batch, steps, rows)
        except RuntimeError as error:
            if "memory" not in str(error):
                raise
            nothing = [torch.zeros_like(x) for x in ends(torch.arange(batch))[0]]
            return nothing, nothing

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def attributions_attached() -> Iterator[None]:
    """The layer is read with gradients enabled, so its values and the result keep the graph before it."""

    def attribute(*arguments: Any) -> Any:
        with torch.enable_grad():
            return ATTRIBUTE(*arguments)

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def first_chunk_attached() -> Iterator[None]:
    """The caller's graph goes through Δ, and later chunks are added without it."""

    def attribute(F: Any, ends: Any, batch: int, steps: Any, rows: int) -> Any:
        total: list[Tensor] = []
        chunks = zip(*(values.split(max(1, rows // batch)) for values in steps), strict=True)
        with torch.enable_grad():
            for chunk in chunks:
                _, parts = ATTRIBUTE(F, ends, batch, chunk, rows)
                total = [a + b.detach() for a, b in zip(total, parts, strict=True)] if total else parts
        return total, total

    def inputs(given: Any) -> list[Tensor]:
        return list(given) if isinstance(given, tuple) else [given]

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(integrated_gradients, "attribute", attribute))
        stack.enter_context(mock.patch.object(checks, "inputs", inputs))
        yield


@contextmanager
def history_kept() -> Iterator[None]:
    """Every result is cached, with its inputs."""
    history: list[Any] = []

    def attribute(*arguments: Any) -> Any:
        history.append(ATTRIBUTE(*arguments))
        return history[-1]

    with mock.patch.object(integrated_gradients, "attribute", attribute):
        yield


@contextmanager
def gradient_function_kept() -> Iterator[None]:
    """An object stores its own bound method, so it keeps itself and the model alive."""

    class Cyclic(scalar.Scalar):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            object.__setattr__(self, "gradient_function", self.__call__)

    with ExitStack() as stack:
        for module in (integrated_gradients, layers):
            stack.enter_context(mock.patch.object(module, "Scalar", Cyclic))
        yield


FAULTS = (
    Fault(
        name="gradients accumulated in the model",
        law="model_unchanged",
        link=f"{CAPTUM}/issues/793",
        planted=gradients_accumulated,
        witness=one_token(
            vocab=8,
            intermediate=2,
            activation="linear",
            types=3,
            eps=0.1,
            hidden_dropout=0.1,
            attention_dropout=0.1,
            head="answer_start",
            weight_seed=1,
        ).asking(method="riemann_right"),
    ),
    Fault(
        name="layer left in eval mode",
        law="model_unchanged",
        link="https://github.com/pfnet/pytorch-pfn-extras/issues/688",
        planted=layer_left_in_eval_mode,
        witness=one_token().asking(layer="bert.embeddings"),
    ),
    Fault(
        name="inputs left needing gradients",
        law="arguments_unchanged",
        link=f"{CAPTUM}/pull/8",
        planted=inputs_left_needing_gradients,
        witness=AT_INPUTS,
    ),
    Fault(
        name="gradient of the inputs reset",
        law="arguments_unchanged",
        link=f"{CAPTUM}/pull/597",
        planted=gradient_of_inputs_reset,
        witness=AT_INPUTS,
    ),
    Fault(
        name="hooks left by a failure",
        law="unchanged_by_failure",
        link=f"{CAPTUM}/pull/340",
        planted=hooks_left_by_failure,
        witness=AT_TABLE,
    ),
    Fault(
        name="modules above left in eval mode",
        law="model_unchanged",
        link=f"{CAPTUM}/issues/981",
        planted=modules_above_left_in_eval_mode,
        witness=one_token().asking(layer="bert.embeddings"),
    ),
    Fault(
        name="backward hooks cleared",
        law="model_unchanged",
        link="https://github.com/pytorch/pytorch/issues/61446",
        planted=backward_hooks_cleared,
        witness=one_token().asking(layer="bert.embeddings"),
    ),
    Fault(
        name="full memory hidden",
        law="unchanged_by_failure",
        link=f"{CAPTUM}/issues/538",
        planted=full_memory_hidden,
        witness=MOVING_BAG.asking(n_steps=2, case="out of memory in the forward"),
    ),
    Fault(
        name="attributions attached",
        law="attribution_without_graph",
        link=f"{CAPTUM}/pull/456",
        planted=attributions_attached,
        witness=AT_TABLE,
    ),
    Fault(
        name="first chunk attached",
        law="graph_independent_of_chunks",
        link=f"{CAPTUM}/pull/633",
        planted=first_chunk_attached,
        witness=AT_INPUTS,
    ),
    Fault(
        name="history kept", law="memory_constant", link=f"{CAPTUM}/issues/866", planted=history_kept, witness=AT_INPUTS
    ),
    Fault(
        name="gradient function kept by IG",
        law="input_call_frees_model",
        link="https://github.com/cdpierse/transformers-interpret/issues/78",
        planted=gradient_function_kept,
        witness=AT_INPUTS,
    ),
    Fault(
        name="gradient function kept by LIG",
        law="layer_call_frees_model",
        link=f"{CAPTUM}/issues/866",
        planted=gradient_function_kept,
        witness=AT_TABLE,
    ),
)
