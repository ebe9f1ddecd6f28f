"""What a call must satisfy; each error names the argument, what came, and what is legal."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import torch
from torch import Tensor, nn

METHODS = ("riemann_left", "riemann_right", "riemann_middle", "riemann_trapezoid", "gausslegendre")


def rule(method: str, n_steps: Any) -> None:
    """The method is known and has enough nodes."""
    if method not in METHODS:
        raise ValueError(f"unknown method {method!r}: choose one of {', '.join(METHODS)}")
    fewest = 2 if method == "riemann_trapezoid" else 1
    if not _is_int(n_steps) or n_steps < fewest:
        raise ValueError(f"n_steps of {method} must be an int >= {fewest}, got {n_steps!r}")


def rows(internal_batch_size: int | None, everything: int) -> int:
    """How many rows a call of the forward may have."""
    if internal_batch_size is None:
        return everything
    if not _is_int(internal_batch_size) or internal_batch_size < 1:
        raise ValueError(f"internal_batch_size must be None or an int >= 1, got {internal_batch_size!r}")
    return operator.index(internal_batch_size)


def inputs(given: Any) -> list[Tensor]:
    """Tensors of one batch."""
    tensors = given if isinstance(given, tuple) else (given,)
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise TypeError(f"inputs must be a tensor or a tuple of tensors, got {type(tensor).__name__}")
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if not shapes or () in shapes or len({shape[0] for shape in shapes}) > 1 or shapes[0][0] == 0:
        raise ValueError(f"inputs must have one and the same number of examples as dimension 0, got shapes {shapes}")
    return [tensor.detach() for tensor in tensors]


def float_inputs(given: Any) -> list[Tensor]:
    """Tensors of one batch that can be interpolated."""
    tensors = inputs(given)
    for tensor in tensors:
        if not tensor.is_floating_point():
            raise TypeError(
                f"inputs must be float tensors, got {tensor.dtype}: there is no path between token ids. Use lig at the "
                "embedding layer, or embed the ids and pass them to the model as inputs_embeds; pass masks in "
                "additional_forward_args"
            )
    return tensors


def baselines(given: Any, inputs: Sequence[Tensor]) -> list[Tensor]:
    """One baseline for each input, in its shape: zeros, a number everywhere, one example for all, or as given."""
    items = (0,) * len(inputs) if given is None else given if isinstance(given, tuple) else (given,)
    if len(items) != len(inputs):
        raise ValueError(f"baselines must be one for each of the {len(inputs)} inputs, got {len(items)}")
    return [_baseline(item, x) for item, x in zip(items, inputs, strict=True)]


def _baseline(given: Any, x: Tensor) -> Tensor:
    if isinstance(given, Tensor):
        shape, legal = tuple(given.shape), (tuple(x.shape), (1, *x.shape[1:]))
        if shape not in legal or (given.dtype, given.device) != (x.dtype, x.device):
            raise ValueError(
                f"baselines must be {x.dtype} on {x.device} of shape {legal[0]} or {legal[1]} to fit their input, "
                f"got {given.dtype} on {given.device} of shape {shape}"
            )
        return given.detach().expand_as(x)
    if not isinstance(given, Real) or isinstance(given, bool):
        raise TypeError(f"baselines must be tensors, ints or floats, got {type(given).__name__}")
    if not x.is_floating_point() and not float(given).is_integer():
        raise ValueError(f"baselines of an input of {x.dtype} must be whole numbers, got {given!r}")
    return torch.full_like(x, float(given))


def output(given: Any, rows: int) -> Tensor:
    """What the forward returned, if it is a tensor with one row per row fed."""
    if not isinstance(given, Tensor):
        raise TypeError(f"forward must return a tensor, such as model(…).logits, got {type(given).__name__}")
    if given.dim() == 0 or len(given) != rows:
        raise ValueError(f"forward must return one row for each of the {rows} rows fed, got shape {tuple(given.shape)}")
    return given


def target(given: Any, shape: tuple[int, ...]) -> Tensor:
    """The index of each example's number in an output of this shape: (batch, dimensions after the first)."""
    batch, *sizes = shape
    index = "a tuple of ints" if len(sizes) > 1 else "an int"
    ranges = " and ".join(f"[{-size}, {size})" for size in sizes)
    legal = f"{index} in {ranges}, or a list of {batch} of them" if sizes else "None"
    refusal = f"target must select one number per example from an output of shape {shape}: {legal}; got {given!r}"

    if isinstance(given, Tensor) and given.dim() == 1 and not given.is_floating_point():
        given = list(given) if len(given) != 1 else given[0]
    items = given if isinstance(given, list) else [given] * batch
    if len(items) != batch:
        raise ValueError(refusal)
    indices = [() if item is None else item if isinstance(item, tuple) else (item,) for item in items]
    for numbers in indices:
        if len(numbers) != len(sizes) or not all(_is_int(number) for number in numbers):
            raise ValueError(refusal)
        # As Python's integers: one of torch.uint8 is not negative.
        if not all(-size <= operator.index(number) < size for number, size in zip(numbers, sizes, strict=True)):
            raise IndexError(refusal)
    return torch.tensor([[operator.index(n) for n in numbers] for numbers in indices]).long().view(batch, len(sizes))


def no_gradient(at_input: Tensor, at_baseline: Tensor) -> None:
    """An output without gradient is that of a constant."""
    if not torch.equal(at_input, at_baseline):
        raise RuntimeError(
            "forward changes with its inputs but has no gradient: is there a no_grad, detach, item or argmax in it?"
        )


def layers(given: Any) -> list[nn.Module]:
    """Modules, each named once."""
    modules = list(given) if isinstance(given, list | tuple) else [given]
    if not modules or not all(isinstance(module, nn.Module) for module in modules):
        raise TypeError(f"layer must be a module or a list of modules, got {given!r}")
    if len(set(modules)) < len(modules):
        raise ValueError("layer must not name a module twice")
    return modules


def called_once(layers: Sequence[nn.Module], calls: Sequence[int]) -> None:
    """Each layer has one value in one forward."""
    for layer, count in zip(layers, calls, strict=True):
        if count != 1:
            raise RuntimeError(
                f"layer {type(layer).__name__} was called {count} times in one forward: its attribution is defined "
                "for a module called exactly once"
            )


def batch_first(layer: nn.Module, tensors: Sequence[Tensor], tails: Sequence[torch.Size], rows: int) -> None:
    """The layer has float tensors, each with a row per row fed, or one row for all, of the same shape in every call."""
    name = type(layer).__name__
    if not tensors:
        raise TypeError(f"layer {name} has no float tensor to attribute there; ids and bools cannot be moved")
    shapes = [tuple(tensor.shape) for tensor in tensors]
    if [tensor.shape[1:] for tensor in tensors] != list(tails) or any(shape[0] not in (1, rows) for shape in shapes):
        raise RuntimeError(f"layer {name}: dimension 0 is not the batch ({rows} rows fed, shapes {shapes})")


def _is_int(value: Any) -> bool:
    if isinstance(value, Tensor):
        return value.dim() == 0 and not value.is_floating_point() and value.dtype != torch.bool
    return isinstance(value, Integral) and not isinstance(value, bool)
