"""Layer Integrated Gradients: Integrated Gradients of the rest of the model as a function of modules' outputs.

Attribution = Σ_k w_k ∇F_rest(h(x') + α_k Δ) ⊙ Δ with Δ = h(x) − h(x'), F_rest taken with the other arguments of x

Source   Sundararajan, Taly, Yan 2017, https://arxiv.org/abs/1703.01365, eq. 3 with h(x) for x
"""

from __future__ import annotations

import contextlib
import copy
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from . import checks
from . import integrated_gradients as core
from .scalar import Scalar, Tensors, take

T = TypeVar("T")
SEES_KEYWORDS = "with_kwargs" in inspect.signature(nn.Module.register_forward_pre_hook).parameters  # torch >= 2.0
REGISTRATION = threading.Lock()  # torch numbers its hooks without one


def layer_integrated_gradients(
    forward: Callable[..., Any],
    layer: nn.Module | Sequence[nn.Module],
    inputs: Any,
    baselines: Any = None,
    *,
    target: Any = None,
    additional_forward_args: Any = None,
    n_steps: int = 50,
    method: str = "gausslegendre",
    internal_batch_size: int | None = None,
    return_convergence_delta: bool = False,
    attribute_to_layer_input: bool = False,
    multiply_by_inputs: bool = True,
) -> Any:
    """Σ_k w_k ∇F_rest(h(x') + α_k Δ) ⊙ Δ at the layer's output (or input); several layers move along one joint path.

    Shapes   inputs (batch, …), token ids or floats, or a tuple; baselines alike, (1, …) or numbers; delta (batch,)
    Returns  a tensor (batch, …); a tuple where the output holds several float tensors; a list for a list of layers
    Raises   as `integrated_gradients`; RuntimeError where a layer is not called exactly once or not batch-first
    """
    layers = checks.layers(layer)
    x = checks.inputs(inputs)
    baseline = checks.baselines(baselines, x)
    steps = core.rule(method, n_steps)
    rows = checks.rows(internal_batch_size, len(x[0]) * len(steps[0]))
    F = Scalar(forward, target, additional_forward_args, len(x[0]))

    with torch.inference_mode(False), torch.no_grad():
        with hooked(layers, attribute_to_layer_input) as exchange:

            def ends(examples: Tensor) -> tuple[Tensors, Tensors]:
                return read(x, examples), read(baseline, examples)

            def read(arguments: Tensors, examples: Tensor) -> Tensors:
                values = exchange.read(len(examples), lambda: F.output(take(arguments, examples), examples))
                return [value.expand(len(examples), *value.shape[1:]) for value in values]

            def F_rest(points: Tensors, examples: Tensor) -> Tensor:
                return exchange.write(points, lambda: F(take(x, examples), examples))

            read(x, torch.arange(1))  # shows which dimension is the batch: another number of rows must change it alone
            averages, attributions = core.attribute(F_rest, ends, F.batch, steps, rows)

        by_layer = exchange.by_layer(attributions if multiply_by_inputs else averages)
        shaped = [parts[0] if len(parts) == 1 else tuple(parts) for parts in by_layer]
        result = shaped[0] if isinstance(layer, nn.Module) else shaped
        return (result, F.gap(x, baseline, attributions, rows)) if return_convergence_delta else result


@contextlib.contextmanager
def hooked(layers: Sequence[nn.Module], at_input: bool) -> Iterator[Exchange]:
    """An exchange with these layers. It must outlive the backward pass: checkpointing calls the layers again there."""
    exchange, handles = Exchange(layers), []
    try:
        for i, layer in enumerate(layers):
            with REGISTRATION:
                if at_input:
                    options = {"with_kwargs": True} if SEES_KEYWORDS else {}
                    handles.append(layer.register_forward_pre_hook(partial(exchange.input_hook, i), **options))
                else:
                    handles.append(layer.register_forward_hook(partial(exchange.output_hook, i)))
        yield exchange
    finally:
        for handle in handles:
            handle.remove()


class Exchange:
    """The hooks on the layers of one call: they read the layers' values, or put points of the path in their place.

    Only the thread that made it is served. Checkpointing on a GPU, where autograd has threads of its own, would need
    more: there a module inside a checkpointed block is recomputed without its hook.
    """

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        self.layers = layers
        self.thread = threading.get_ident()
        self.rows = 0
        self.calls = [0] * len(layers)
        self.tails: dict[int, list[torch.Size]] = {}
        self.values: list[list[Tensor]] = [[] for _ in layers]
        self.points: list[list[Tensor]] | None = None

    def read(self, rows: int, run: Callable[[], Any]) -> list[Tensor]:
        """The layers' values in one run of the model on so many rows."""
        self.points = None
        self._once(rows, run)
        return [value for values in self.values for value in values]

    def write(self, points: Tensors, run: Callable[[], T]) -> T:
        """One run of the model with `points` in place of the layers' values."""
        self.points = self.by_layer(points)
        return self._once(len(points[0]), run)

    def by_layer(self, tensors: Tensors) -> list[list[Tensor]]:
        """The tensors sorted by the layer to which they belong."""
        rest = iter(tensors)
        return [[next(rest) for _ in values] for values in self.values]

    def output_hook(self, i: int, module: nn.Module, args: Any, output: Any) -> Any:
        if isinstance(output, Tensor):
            return self._visit(i, (output,), [0])[0]
        keys = output if isinstance(output, dict) else range(len(output)) if isinstance(output, tuple | list) else ()
        return self._visit(i, output, [key for key in keys if is_float(output[key])])

    def input_hook(self, i: int, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any] | None = None) -> Any:
        positions = [k for k, argument in enumerate(args) if is_float(argument)]
        if positions or not kwargs:
            args = self._visit(i, args, positions[:1])
        else:
            names = (*inspect.signature(module.forward).parameters, *kwargs)
            kwargs = self._visit(i, kwargs, [name for name in names if is_float(kwargs.get(name))][:1])
        return args if kwargs is None else (args, kwargs)

    def _once(self, rows: int, run: Callable[[], T]) -> T:
        self.rows = rows
        self.calls = [0] * len(self.layers)
        result = run()
        checks.called_once(self.layers, self.calls)
        return result

    def _visit(self, i: int, structure: Any, keys: Sequence[Any]) -> Any:
        """The structure as it is, its values noted; or, on the path, a copy that holds the points."""
        if threading.get_ident() != self.thread:
            return structure
        self.calls[i] += 1
        own = [structure[key] for key in keys]
        tails = self.tails.setdefault(i, [tensor.shape[1:] for tensor in own])
        checks.batch_first(self.layers[i], own, tails, self.rows)
        if self.points is None:
            self.values[i] = [tensor.clone() for tensor in own]
            return structure
        return replaced(structure, {key: point.clone() for key, point in zip(keys, self.points[i], strict=True)})


def is_float(value: Any) -> bool:
    """Whether the value can be attributed: a float tensor with a batch dimension."""
    return isinstance(value, Tensor) and value.is_floating_point() and value.dim() > 0


def replaced(structure: Any, items: dict[Any, Tensor]) -> Any:
    """The tuple, list, dict or ModelOutput with these items in place of its own; the others are the same objects."""
    if isinstance(structure, tuple):
        values = (items.get(k, value) for k, value in enumerate(structure))
        return type(structure)(*values) if hasattr(structure, "_fields") else type(structure)(values)
    changed = copy.copy(structure)
    for key, item in items.items():
        changed[key] = item
    return changed
