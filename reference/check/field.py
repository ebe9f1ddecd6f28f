"""F on a straight path of one or several tensors, in one dtype: flat rows, so that the oracle's sums serve them all.

The path lies in the space of the inputs (IG), or in the space of what some modules return (LIG).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from reference.built_problem import Entry
from reference.check.compiled import eager
from reference.check.copies import Copies, converted, tiled
from reference.check.progress import counted
from reference.check.target import selected
from reference.check.unsound import Unsound
from reference.check.widened import Widened
from reference.oracle import substitution
from reference.oracle.path import Path
from reference.oracle.path_integral import PathSum, ScalarField
from reference.oracle.precision import highest
from reference.oracle.quadrature import Rule
from reference.violation import first_line

MOST_NUMBERS = 2**17
"""The numbers that the points of one call of the model may hold, if one step does not hold more: memory is flat."""

MOST_ROWS = 256
"""The rows of one call of the model, if one step does not have more."""


@dataclass(frozen=True)
class Space:
    """Tensors of these shapes for each example, as one flat row. `part` is what each is to the user."""

    shapes: tuple[tuple[int, ...], ...]
    part: str = "input"

    @classmethod
    def of(cls, tensors: Sequence[Tensor], part: str = "input") -> Space:
        return cls(tuple(tuple(one.shape[1:]) for one in tensors), part)

    def join(self, tensors: Sequence[Tensor]) -> Tensor:
        """(rows, …) each as (rows, numbers)."""
        dtype = tensors[0].dtype
        for one in tensors[1:]:
            dtype = torch.promote_types(dtype, one.dtype)
        return torch.cat([one.reshape(len(one), -1).to(dtype) for one in tensors], 1)

    def split(self, flat: Tensor) -> tuple[Tensor, ...]:
        """(rows, numbers) as (rows, …) each."""
        sizes = [torch.Size(shape).numel() for shape in self.shapes]
        parts = flat.split(sizes, dim=1)
        return tuple(part.reshape(len(flat), *shape) for part, shape in zip(parts, self.shapes, strict=True))


@dataclass(frozen=True)
class Call:
    """What F is: a forward, its arguments, a target, and the modules whose outputs the path joins (none for IG).

    Shapes   inputs, baselines (batch, …) each
    `at_input`: the path joins the first inputs of the modules, not their outputs.
    `output` changes what the forward returns before the target is selected; `around` is in force while it runs.
    """

    forward: Callable[..., Any]
    inputs: tuple[Tensor, ...]
    baselines: tuple[Tensor, ...]
    additional: tuple[Any, ...]
    target: Any
    copies: Copies
    layers: tuple[nn.Module, ...] = ()
    at_input: bool = False
    output: Callable[[Tensor], Tensor] | None = None
    around: Callable[[int], Any] | None = None
    widened: bool = False
    """Whether float64 runs leave out casts to a narrower dtype, because the forward does not run with them."""

    @property
    def examples(self) -> int:
        return len(self.inputs[0])

    def changed(self, **changes: Any) -> Call:
        """The same call with other fields."""
        return replace(self, **changes)

    def values(self, tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
        """F of (rows, …) tensors in that dtype, with the arguments repeated to match: (rows,).

        Gradients are on, although none is taken: some forwards give another value under no_grad.
        """
        with torch.enable_grad(), self.running(dtype, len(tensors[0])):
            return self._values(_leaves(tensors), dtype).detach()

    def without_gradients(self, tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
        """The same under no_grad."""
        with torch.no_grad(), self.running(dtype, len(tensors[0])):
            return self._values([one.clone() for one in tensors], dtype)

    def outputs(self, tensors: Sequence[Tensor], dtype: torch.dtype) -> Any:
        """What the forward returns for tensors of the call's own batch."""
        with torch.enable_grad(), self.running(dtype, len(tensors[0])):
            given = _leaves(converted(tuple(tensors), dtype))
            output = self.forward(*given, *converted(self.additional, dtype))
            return output.detach() if isinstance(output, Tensor) else output

    @contextmanager
    def running(self, dtype: torch.dtype, rows: int) -> Iterator[None]:
        """The model is in that dtype inside and not compiled, and `around` is in force."""
        with self.copies.holding(dtype), eager(), ExitStack() as stack:
            if self.widened and dtype == torch.float64:
                stack.enter_context(Widened())
            if self.around is not None:
                stack.enter_context(self.around(rows // self.examples))
            yield

    def _values(self, tensors: Sequence[Tensor], dtype: torch.dtype) -> Tensor:
        rows = len(tensors[0])
        times = rows // self.examples
        arguments = tiled(converted(self.additional, dtype), self.examples, times)
        output = self.forward(*tensors, *arguments)
        if self.output is not None:
            output = self.output(output)
        counted(rows)
        return selected(output, self.target, rows, times)

    def _with_gradients(self, *arguments: Any) -> Any:
        with torch.enable_grad():
            return self.forward(*_leaves(arguments))

    def path(self, dtype: torch.dtype) -> tuple[Path, Space]:
        """The path in that dtype, flat, with the space that it lies in.

        Raises   Unsound if a layer is not run once, or returns no tensor
        """
        inputs, baselines = converted(self.inputs, dtype), converted(self.baselines, dtype)
        space = Space.of(inputs)
        if not self.layers:
            field = ChunkedField(lambda flat: self._values([p.clone() for p in space.split(flat)], dtype), self, dtype)
            return Path(field, space.join(inputs), space.join(baselines), form=chunked), space
        entry = Entry(self._with_gradients, inputs[0], baselines[0], (), ())
        rest = converted(self.additional, dtype)
        entry = replace(entry, additional=(*inputs[1:], *rest), baseline_additional=(*baselines[1:], *rest))
        with self.running(dtype, self.examples):
            try:
                ends = substitution.activations([(layer, self.at_input) for layer in self.layers], entry)
            except (ValueError, TypeError) as error:
                raise Unsound(first_line(error)) from error
        if not all(one.is_floating_point() for end in ends for one in end):
            raise Unsound("the input of the layer has whole numbers, such as token ids, and these have no gradient")
        replacing = _replacing_input if self.at_input else _replacing
        at_layers = Space.of([x for x, _ in ends], "layer")

        def forward(flat: Tensor) -> Tensor:
            times = len(flat) // self.examples
            with ExitStack() as stack:
                for layer, hidden in zip(self.layers, at_layers.split(flat), strict=True):
                    stack.enter_context(substitution.substituted(layer, replacing(layer.forward, hidden.clone())))
                return self._values([tiled(one, self.examples, times) for one in inputs], dtype)

        x, baseline = (at_layers.join(side) for side in zip(*ends, strict=True))
        return Path(ChunkedField(forward, self, dtype), x, baseline, form=chunked), at_layers


class ChunkedField(ScalarField):
    """A scalar field that never runs more rows at once than memory of a few steps holds."""

    def __init__(self, forward: Callable[[Tensor], Tensor], call: Call, dtype: torch.dtype) -> None:
        super().__init__(forward, (), None, call.examples, lambda points: call.running(dtype, len(points)))

    def rows_at_once(self, points: Tensor) -> int:
        """How many rows one call takes: a multiple of the number of examples."""
        rows = min(MOST_ROWS, MOST_NUMBERS // max(1, points[0].numel()))
        return max(1, rows // self.examples) * self.examples

    def __call__(self, points: Tensor) -> Tensor:
        at_once = self.rows_at_once(points)
        return torch.cat([self._with_gradients_on(rows) for rows in points.split(at_once)])

    @highest()
    def _with_gradients_on(self, points: Tensor) -> Tensor:
        """F, with gradients on: some forwards give another value under no_grad."""
        with torch.enable_grad():
            leaf = points.detach().clone().requires_grad_()
            with self.around(leaf):
                return self.value(leaf).detach()

    def with_gradient(self, points: Tensor) -> tuple[Tensor, Tensor]:
        at_once = self.rows_at_once(points)
        parts = [super(ChunkedField, self).with_gradient(rows) for rows in points.split(at_once)]
        values, gradients = zip(*parts, strict=True)
        return torch.cat(values), torch.cat(gradients)


def chunked(field: ScalarField, x: Tensor, baseline: Tensor, nodes: Rule, factor: Tensor | None = None) -> PathSum:
    """The rule's sum, a few steps at a time: memory does not grow with the number of steps.

    Shapes   as `path_integral.step_by_step`, of which this is the faster form for fields of any size
    """
    delta = x - baseline
    summed_in = torch.promote_types(x.dtype, torch.float32)
    multiplier = (delta if factor is None else factor).to(summed_in)
    total = torch.zeros_like(x, dtype=summed_in)
    magnitude, steepest = torch.zeros_like(total), torch.zeros_like(total)
    assert isinstance(field, ChunkedField)
    steps = max(1, field.rows_at_once(x) // len(x))
    for first in range(0, len(nodes), steps):
        alphas = torch.tensor(nodes.nodes[first : first + steps], dtype=torch.float64).to(x).reshape(-1, 1, 1)
        weights = torch.tensor(nodes.weights[first : first + steps], dtype=torch.float64).to(summed_in)
        gradients = field.with_gradient((baseline + alphas * delta).flatten(0, 1))[1].unflatten(0, (-1, len(x)))
        slopes = gradients.to(summed_in) * multiplier
        terms = weights.reshape(-1, 1, 1) * slopes
        steepest = torch.maximum(steepest, slopes.abs().amax(0))
        total += terms.sum(0)
        magnitude += terms.abs().sum(0)
    end, start = field(torch.cat([x, baseline])).chunk(2)
    return PathSum(total.to(x.dtype), magnitude, end, start, steepest)


def _leaves(tensors: Sequence[Any]) -> list[Any]:
    """Floating tensors as copies that need a gradient and may be changed in place; the rest unchanged."""
    floating = [isinstance(one, Tensor) and one.is_floating_point() for one in tensors]
    return [
        one.detach().clone().requires_grad_().clone() if floats else one
        for one, floats in zip(tensors, floating, strict=True)
    ]


def _replacing(own: Callable[..., Any], hidden: Tensor) -> Callable[..., Any]:
    def replacing(*args: Any, **kwargs: Any) -> Any:
        with torch.no_grad():
            output = own(*args, **kwargs)
        return hidden if isinstance(output, Tensor) else type(output)((hidden, *output[1:]))

    return replacing


def _replacing_input(own: Callable[..., Any], hidden: Tensor) -> Callable[..., Any]:
    def replacing(*args: Any, **kwargs: Any) -> Any:
        if args:
            return own(hidden, *args[1:], **kwargs)
        return own(**{**kwargs, next(iter(kwargs)): hidden})

    return replacing
