"""The oracle as a subject: who checks the oracle? The laws."""

from __future__ import annotations

import operator
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import Entry
from reference.oracle import substitution as layers
from reference.oracle.joint import apart, together
from reference.oracle.path_integral import ScalarField, step_by_step, totals
from reference.oracle.quadrature import rule

SUBSTITUTION = threading.RLock()
"""A module does one thing at a time: two threads that put something in its place would meet."""


class OracleSubject:
    """The path integral, one step at a time, and the substitution of modules, behind the calls of a subject.

    Several tensors, or several layers, are one path in the product of their spaces: the tensors are flattened side
    by side, integrated as one, and taken apart again.
    """

    name = "oracle"
    device = "cpu"

    @torch.inference_mode(False)
    def ig(self, forward: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        many = isinstance(inputs, tuple)
        xs = inputs if many else (inputs,)
        starts = _starts(baselines, xs)

        def joined(points: Tensor, *additional: Any) -> Any:
            return _untouched(forward, len(xs))(*apart(points, xs), *additional)

        field = ScalarField(joined, _arguments(options), _target(options), len(xs[0]))
        parts, total = _attribute(field, xs, starts, **options)
        change = field(together(xs)) - field(together(starts))
        return _answer(tuple(parts) if many else parts[0], total - change, options)

    @torch.inference_mode(False)
    def lig(self, forward: Any, layer: Any, inputs: Any, baselines: Any = None, **options: Any) -> Any:
        with SUBSTITUTION:
            try:
                return self._lig(forward, layer, inputs, baselines, **options)
            except (TypeError, ValueError) as error:
                raise error  # here it is the subject's: laws take one that comes from `reference` for an accident

    def _lig(self, forward: Any, layer: Any, inputs: Any, baselines: Any, **options: Any) -> Any:
        many = isinstance(layer, list)
        modules: list[nn.Module] = layer if many else [layer]
        at_input = options.get("attribute_to_layer_input", False)
        given = inputs if isinstance(inputs, tuple) else (inputs,)
        forward = _untouched(forward, len(given))
        first, *more = given
        first_baseline, *more_baselines = _starts(baselines, given)
        additional = _arguments(options)
        entry = Entry(forward, first, first_baseline, (*more, *additional), (*more_baselines, *additional))
        watched = [(module, at_input) for module in modules]
        _refuse_parts(modules, at_input, lambda: forward(*given, *additional))
        ends = layers.activations(watched, entry)
        if options.get("internal_batch_size") is None and any(_square(x) for x, _ in ends):
            twice, *others = (_twice(argument, len(first)) for argument in (first, *more, *additional))
            for of_both, (x, _) in zip(layers.passing(watched, forward, twice, tuple(others)), ends, strict=True):
                if of_both.shape[1:] != x.shape[1:]:
                    raise ValueError("the first dimension of a layer's output must be the batch")
        xs, starts = tuple(end[0] for end in ends), tuple(end[1] for end in ends)
        fields = [layers.rest(module, entry, _target(options), at_input=at_input) for module in modules]

        @contextmanager
        def around(points: Tensor) -> Iterator[None]:
            with ExitStack() as stack:
                for field, part in zip(fields, apart(points, xs), strict=True):
                    stack.enter_context(field.around(part))
                yield

        joint = ScalarField(fields[0].forward, fields[0].additional, fields[0].target, len(first), around)
        parts, total = _attribute(joint, xs, starts, **options)
        end = layers.whole(entry, _target(options))
        start = ScalarField(forward, (*more_baselines, *additional), _target(options), len(first))
        return _answer(parts if many else parts[0], total - (end(first) - start(first_baseline)), options)


def _untouched(forward: Any, inputs: int) -> Any:
    """The forward on copies of its first arguments, which it may change in place."""
    return lambda *given: forward(*(tensor.clone() for tensor in given[:inputs]), *given[inputs:])


def _refuse_parts(modules: list[nn.Module], at_input: bool, run: Any) -> None:
    """The oracle moves one tensor for each layer."""

    def checked(own: Any) -> Any:
        def checking(*arguments: Any, **named: Any) -> Any:
            output = own(*arguments, **named)
            parts = arguments if at_input else output if isinstance(output, tuple) else ()
            if sum(isinstance(part, Tensor) and part.is_floating_point() and part.dim() > 0 for part in parts) > 1:
                verb = "takes" if at_input else "returns"
                raise TypeError(f"the layer {verb} several float tensors, and the oracle moves one")
            return output

        return checking

    with torch.no_grad(), ExitStack() as stack:
        for module in modules:
            stack.enter_context(layers.substituted(module, checked(module.forward)))
        run()


def _square(x: Tensor) -> bool:
    """Whether the sizes do not tell which dimension is the batch."""
    return len(x) in x.shape[1:]


def _twice(argument: Any, examples: int) -> Any:
    """All examples twice: another batch shows which dimension it is."""
    if isinstance(argument, Tensor) and argument.dim() > 0 and len(argument) == examples:
        return argument.repeat(2, *(1,) * (argument.dim() - 1))
    return argument


def _attribute(
    field: ScalarField, xs: tuple[Tensor, ...], starts: tuple[Tensor, ...], **options: Any
) -> tuple[list[Tensor], Tensor]:
    """The attribution of each tensor, and the total of each example with the factor Δ, asked for or not."""
    x, start = together(xs), together(starts)
    factor = None if options.get("multiply_by_inputs", True) else torch.ones_like(x)
    nodes = rule(options.get("method", "gausslegendre"), _n_steps(options))
    rows = options.get("internal_batch_size")
    if rows is not None and rows < len(x):
        raise ValueError(f"internal_batch_size must be at least the number of examples, {len(x)}, got {rows}")
    attribution = step_by_step(field, x, start, nodes, factor).attribution
    return apart(attribution, xs), totals(attribution if factor is None else attribution * (x - start))


def _n_steps(options: dict[str, Any]) -> int:
    """A whole number, whatever type it has. Raises TypeError for any other value."""
    given = options.get("n_steps", 50)
    try:
        return operator.index(given)
    except TypeError:
        raise TypeError(f"n_steps must be a whole number, got {given!r}") from None


def _starts(given: Any, xs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """The documented forms of baselines, each in the shape of its input."""
    items = (0,) * len(xs) if given is None else given if isinstance(given, tuple) else (given,)
    starts = []
    for item, x in zip(items, xs, strict=True):
        if isinstance(item, Tensor) and tuple(item.shape) not in (tuple(x.shape), (1, *x.shape[1:])):
            raise ValueError(f"baselines of shape {tuple(item.shape)} do not fit inputs of shape {tuple(x.shape)}")
        if isinstance(item, Tensor) and item.dtype != x.dtype:
            raise TypeError(f"baselines of {item.dtype} do not fit inputs of {x.dtype}")
        starts.append(item.expand_as(x) if isinstance(item, Tensor) else torch.full_like(x, item))
    return tuple(starts)


def _arguments(options: dict[str, Any]) -> tuple[Any, ...]:
    given = options.get("additional_forward_args")
    if given is None:
        return ()
    return given if isinstance(given, tuple) else (given,)


def _target(options: dict[str, Any]) -> Any:
    """The documented forms of a target in the one that `select` reads: one index, or a tuple with one per example."""
    target = options.get("target")
    if isinstance(target, Tensor) and target.dim() < 2:
        target = target.item() if target.numel() == 1 else target.tolist()
    if not _is_index(target) and not (isinstance(target, list) and all(map(_is_index, target))):
        raise TypeError(f"target must be None, an int, a tuple of ints, or one of these per example, got {target!r}")
    return tuple(target) if isinstance(target, list) else target


def _is_index(value: Any) -> bool:
    return value is None or isinstance(value, int) or (isinstance(value, tuple) and all(map(_is_index, value)))


def _answer(attribution: Any, delta: Tensor, options: dict[str, Any]) -> Any:
    return (attribution, delta) if options.get("return_convergence_delta") else attribution


SUBJECT = OracleSubject
