"""A model seen from one of its modules: by substituting what the module does, never by hooks.

A module's `forward` is replaced for the length of a `with`: to record what passes, or to put a given tensor in its
place. Subjects use hooks; the oracle does not, so the two cannot fail together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference.path_integral import ScalarField
from reference.problem import Entry


@contextmanager
def substituted(module: nn.Module, forward: Callable[..., Any]) -> Iterator[None]:
    """`module` does `forward` inside, and its own again after."""
    before = module.__dict__.get("forward")
    module.forward = forward
    try:
        yield
    finally:
        if before is None:
            del module.forward
        else:
            module.forward = before


def activations(module: nn.Module, entry: Entry, *, at_input: bool = False, rows: int = 1) -> tuple[Tensor, Tensor]:
    """What passes `module` at both ends of the entry's path, x and x': (batch, …) each, as `activation` has it."""
    at_baseline = entry.additional if entry.baseline_additional is None else entry.baseline_additional
    return (
        activation(module, entry.forward, entry.inputs, entry.additional, at_input=at_input, rows=rows),
        activation(module, entry.forward, entry.baselines, at_baseline, at_input=at_input, rows=rows),
    )


def activation(
    module: nn.Module,
    forward: Callable[..., Any],
    inputs: Tensor,
    additional: tuple[Any, ...],
    *,
    at_input: bool = False,
    rows: int = 1,
) -> Tensor:
    """The output of `module` (or its first input) when the model runs on `inputs`: (batch, …), broadcast to the batch.

    Shapes   (batch, rows, …) of a module that has so many rows for each example: the choices of a multiple choice

    Raises   ValueError where the module is not run, or more than once: there is no function of *the* output then; where
             its first dimension is not the batch. TypeError where it gives neither a tensor nor a tuple or list
    """
    own = module.forward
    seen: list[Tensor] = []

    def recording(*args: Any, **kwargs: Any) -> Any:
        if at_input:
            seen.append((args[0] if args else next(iter(kwargs.values()))).detach().clone())
        output = own(*args, **kwargs)
        if not at_input:
            seen.append(_tensor_of(output).detach().clone())
        return output

    with torch.no_grad(), substituted(module, recording):
        forward(inputs, *additional)
    if len(seen) != 1:
        raise ValueError(f"{type(module).__name__} is run {len(seen)} times in one forward, not once")
    passed = seen[0]
    if len(passed) == rows * len(inputs):
        return passed if rows == 1 else passed.unflatten(0, (len(inputs), rows))
    if len(passed) == 1:
        return passed.expand(len(inputs), *passed.shape[1:])
    raise ValueError(
        f"the layer {type(module).__name__} has {len(passed)} rows for {len(inputs)} examples: its first dimension is "
        "not the batch"
    )


def rest(module: nn.Module, entry: Entry, target: Any, *, at_input: bool = False) -> ScalarField:
    """F as a function of the output of `module` (or its first input): h ↦ F(x) with h in its place."""
    own = module.forward

    def around(points: Tensor) -> AbstractContextManager[None]:
        hidden = points.clone()  # what the model may change in place

        def replacing(*args: Any, **kwargs: Any) -> Any:
            if not at_input:
                output = own(*args, **kwargs)
                return _with_tensor(output, _rows_like(_tensor_of(output), hidden))
            if args:
                return own(_rows_like(args[0], hidden), *args[1:], **kwargs)
            name = next(iter(kwargs))
            return own(**{**kwargs, name: _rows_like(kwargs[name], hidden)})

        return substituted(module, replacing)

    def forward(hidden: Tensor, inputs: Tensor, *additional: Any) -> Tensor:
        output: Tensor = entry.forward(inputs, *additional)
        return output

    return ScalarField(forward, (entry.inputs, *entry.additional), target, len(entry.inputs), around)


def whole(entry: Entry, target: Any) -> ScalarField:
    """F as a function of the entry's own inputs."""
    return ScalarField(entry.forward, entry.additional, target, len(entry.inputs))


def _rows_like(own: Tensor, hidden: Tensor) -> Tensor:
    """(examples, rows, …) as the module has it: a row after the other."""
    return hidden.flatten(0, hidden.dim() - own.dim())


def _tensor_of(output: Any) -> Tensor:
    if not isinstance(output, Tensor | tuple | list):
        raise TypeError(f"the layer returns a {type(output).__name__}, neither a tensor nor a tuple or list of them")
    tensor: Tensor = output if isinstance(output, Tensor) else output[0]
    return tensor


def _with_tensor(output: Any, hidden: Tensor) -> Any:
    return hidden if isinstance(output, Tensor) else type(output)((hidden, *output[1:]))
