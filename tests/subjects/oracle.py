"""The oracle as a subject: who checks the oracle? The laws."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference import layers
from reference.path_integral import ScalarField, integrate, totals
from reference.problem import Entry
from reference.quadrature import rule


class OracleSubject:
    """`reference.path_integral` and `reference.layers` behind the calls of a subject.

    Several tensors, or several layers, are one path in the product of their spaces: the tensors are flattened side
    by side, integrated as one, and taken apart again.
    """

    name = "oracle"
    device = "cpu"

    def ig(self, forward: Any, inputs: Any, baselines: Any, **options: Any) -> Any:
        many = isinstance(inputs, tuple)
        xs, starts = (inputs, baselines) if many else ((inputs,), (baselines,))

        def joined(points: Tensor, *additional: Any) -> Any:
            return forward(*_apart(points, xs), *additional)

        field = ScalarField(joined, _arguments(options), _target(options), len(xs[0]))
        parts, delta = _attribute(field, xs, starts, **options)
        return _answer(tuple(parts) if many else parts[0], delta, options)

    def lig(self, forward: Any, layer: Any, inputs: Any, baselines: Any, **options: Any) -> Any:
        many = isinstance(layer, list)
        modules: list[nn.Module] = layer if many else [layer]
        at_input = options.get("attribute_to_layer_input", False)
        tupled = isinstance(inputs, tuple)
        first, *more = inputs if tupled else (inputs,)
        first_baseline, *more_baselines = baselines if tupled else (baselines,)
        additional = _arguments(options)
        entry = Entry(forward, first, first_baseline, (*more, *additional), (*more_baselines, *additional))
        ends = [layers.activations(module, entry, at_input=at_input) for module in modules]
        xs, starts = tuple(end[0] for end in ends), tuple(end[1] for end in ends)
        fields = [layers.rest(module, entry, _target(options), at_input=at_input) for module in modules]

        @contextmanager
        def around(points: Tensor) -> Iterator[None]:
            with ExitStack() as stack:
                for field, part in zip(fields, _apart(points, xs), strict=True):
                    stack.enter_context(field.around(part))
                yield

        joint = ScalarField(fields[0].forward, fields[0].additional, fields[0].target, len(first), around)
        parts, delta = _attribute(joint, xs, starts, **options)
        if options.get("return_convergence_delta"):
            end = layers.whole(entry, _target(options))
            start = ScalarField(forward, (*more_baselines, *additional), _target(options), len(first))
            delta = sum(totals(part) for part in parts) - (end(first) - start(first_baseline))
        return _answer(parts if many else parts[0], delta, options)


def _attribute(
    field: ScalarField, xs: tuple[Tensor, ...], starts: tuple[Tensor, ...], **options: Any
) -> tuple[list[Tensor], Tensor]:
    x, start = _together(xs), _together(starts)
    factor = None if options.get("multiply_by_inputs", True) else torch.ones_like(x)
    nodes = rule(options.get("method", "gausslegendre"), options.get("n_steps", 50))
    attribution = integrate(field, x, start, nodes, factor).attribution
    multiplied = attribution if factor is None else attribution * (x - start)
    return _apart(attribution, xs), totals(multiplied) - (field(x) - field(start))


def _together(tensors: tuple[Tensor, ...]) -> Tensor:
    return tensors[0] if len(tensors) == 1 else torch.cat([tensor.flatten(1) for tensor in tensors], dim=1)


def _apart(points: Tensor, like: tuple[Tensor, ...]) -> list[Tensor]:
    if len(like) == 1:
        return [points]
    parts = points.split([tensor[0].numel() for tensor in like], dim=1)
    return [part.reshape(len(points), *tensor.shape[1:]) for part, tensor in zip(parts, like, strict=True)]


def _arguments(options: dict[str, Any]) -> tuple[Any, ...]:
    given = options.get("additional_forward_args")
    if given is None:
        return ()
    return given if isinstance(given, tuple) else (given,)


def _target(options: dict[str, Any]) -> Any:
    """The documented forms of a target in the one that `select` reads: lists and tensors are one per example."""
    target = options.get("target")
    if isinstance(target, Tensor):
        target = target.tolist()
    return tuple(target) if isinstance(target, list) else target


def _answer(attribution: Any, delta: Tensor, options: dict[str, Any]) -> Any:
    return (attribution, delta) if options.get("return_convergence_delta") else attribution
