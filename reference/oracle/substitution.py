"""A model seen from one of its modules: by substituting what the module does, never by hooks.

A module's `forward` is replaced for the length of a `with`: to record what passes, or to put a given tensor in its
place. Subjects use hooks; the oracle does not, so the two cannot fail together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import Entry
from reference.oracle.path_integral import ScalarField, SideField
from reference.oracle.precision import highest


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


Watched = tuple[nn.Module, bool]
"""A module, and whether its first input is meant or its output."""


def activations(watched: Sequence[Watched], entry: Entry, *, rows: int = 1) -> list[tuple[Tensor, Tensor]]:
    """What passes each module at both ends of the entry's path, x and x': (batch, …) each, as `passing` has it."""
    at_baseline = entry.additional if entry.baseline_additional is None else entry.baseline_additional
    ends = (
        passing(watched, entry.forward, entry.inputs, entry.additional, rows=rows),
        passing(watched, entry.forward, entry.baselines, at_baseline, rows=rows),
    )
    return list(zip(*ends, strict=True))


@highest()
def passing(
    watched: Sequence[Watched],
    forward: Callable[..., Any],
    inputs: Tensor,
    additional: tuple[Any, ...],
    *,
    rows: int = 1,
) -> list[Tensor]:
    """What passes each module in one run of the model on `inputs`: (batch, …) each, broadcast to the batch.

    Shapes   (batch, rows, …) of a module that has so many rows for each example: the choices of a multiple choice
    Raises   ValueError where a module is not run, or more than once: there is no function of *the* output then; where
             its first dimension is not the batch. TypeError where it gives neither a tensor nor a tuple or list
    """
    seen: list[list[Tensor]] = [[] for _ in watched]
    with torch.no_grad(), ExitStack() as stack:
        for (module, at_input), passed in zip(watched, seen, strict=True):
            stack.enter_context(substituted(module, _recording(module.forward, at_input, passed)))
        forward(inputs, *additional)
    return [_once(module, passed, len(inputs), rows) for (module, _), passed in zip(watched, seen, strict=True)]


def _recording(own: Callable[..., Any], at_input: bool, passed: list[Tensor]) -> Callable[..., Any]:
    def recording(*args: Any, **kwargs: Any) -> Any:
        if at_input:
            passed.append((args[0] if args else next(iter(kwargs.values()))).detach().clone())
        output = own(*args, **kwargs)
        if not at_input:
            passed.append(_tensor_of(output).detach().clone())
        return output

    return recording


def _once(module: nn.Module, passed: Sequence[Tensor], examples: int, rows: int) -> Tensor:
    if len(passed) != 1:
        raise ValueError(f"the layer {type(module).__name__} is run {len(passed)} times in one forward, not once")
    (tensor,) = passed
    if len(tensor) == rows * examples:
        return tensor if rows == 1 else tensor.unflatten(0, (examples, rows))
    if len(tensor) == 1:
        return tensor.expand(examples, *tensor.shape[1:])
    raise ValueError(
        f"the layer {type(module).__name__} has {len(tensor)} rows for {examples} examples: its first dimension is "
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


def beside(module: nn.Module, entry: Entry, target: Any, *, at_input: bool = False) -> SideField:
    """F as a function of the entry's inputs, with its gradient at the output of `module` (or its first input)."""
    own = module.forward

    def adding(shift: Tensor) -> AbstractContextManager[None]:
        def shifted(*args: Any, **kwargs: Any) -> Any:
            if at_input:
                return own(args[0] + shift, *args[1:], **kwargs)
            output = own(*args, **kwargs)
            return _with_tensor(output, _tensor_of(output) + shift)

        return substituted(module, shifted)

    return SideField(entry.forward, entry.additional, target, len(entry.inputs), adding)


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
