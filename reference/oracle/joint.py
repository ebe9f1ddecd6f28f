"""What is right for a call with any number of inputs and layers: one path in the product of their spaces.

The tensors are flattened side by side, integrated as one, and taken apart again. Everything that belongs to an example
is looked up by the number of that example, so the oracle repeats no argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reference.built_problem import Entry, Layer
from reference.oracle import substitution
from reference.oracle.budget import INFORMATIVE, INFORMATIVE_SHARE, Budget, floor, name
from reference.oracle.expected import Expected, conditioned
from reference.oracle.path import NUDGES, Path
from reference.oracle.path_integral import PathSum, ScalarField, totals
from reference.oracle.precision import highest
from reference.oracle.quadrature import Rule


@dataclass(frozen=True)
class Asked:
    """A call as a mathematical question, in one dtype.

    Shapes   inputs, baselines (examples, …), the token ids among them too; arguments that belong to an example have
             that dimension first; targets (examples, dimensions of an example's output)
    Without layers, the inputs are attributed. `around` is in force while the model runs.
    """

    model: nn.Module
    inputs: tuple[Tensor, ...]
    baselines: tuple[Tensor, ...]
    arguments: tuple[Any, ...]
    targets: Tensor
    layers: tuple[Layer, ...] = ()
    around: Callable[[], AbstractContextManager[Any]] = nullcontext

    @property
    def examples(self) -> int:
        return len(self.targets)

    def value(self, inputs: Sequence[Tensor], index: Tensor) -> Tensor:
        """F of rows of inputs: (rows,). `index` says which example each row is."""
        arguments = (_rows_of(argument, index, self.examples) for argument in self.arguments)
        with self.around():
            output: Tensor = self.model(*inputs, *arguments)
        values: Tensor = output[(torch.arange(len(output)), *self.targets[index].unbind(1))]
        return values

    def at(self, end: Sequence[Tensor]) -> Callable[[Tensor], Tensor]:
        """F of whole examples at one end of the path, by their numbers."""
        return lambda index: self.value([tensor[index] for tensor in end], index)

    def ends(self, nudges: Sequence[float]) -> Tensor:
        """F(x) and F(x'), then the same beside them for each nudge of the float inputs: (1 + nudges, 2, examples)."""
        random = np.random.RandomState(0)

        def beside(tensor: Tensor, nudge: float) -> Tensor:
            signs = torch.from_numpy(random.choice((-1.0, 1.0), size=tuple(tensor.shape)))
            return (tensor * (1 + nudge * signs)).to(tensor.dtype) if tensor.is_floating_point() else tensor

        every = torch.arange(self.examples)
        with torch.no_grad():
            rows = [
                self.at([beside(tensor, nudge) for tensor in end])(every)
                for nudge in (0.0, *nudges)
                for end in (self.inputs, self.baselines)
            ]
        values: Tensor = torch.stack(rows).unflatten(0, (-1, 2))
        return values.double()

    def path(self) -> tuple[Path, list[Tensor]]:
        """The joint path of the call, and the tensors at its end, whose shapes take it apart."""
        every = torch.arange(self.examples)
        if not self.layers:
            field = ScalarField(
                lambda points, index: self.value(apart(points, self.inputs), index), (every,), None, self.examples
            )
            return Path(field, together(self.inputs), together(self.baselines)), list(self.inputs)
        watched = [(layer.module(self.model), layer.at_input) for layer in self.layers]
        ends, starts = (substitution.passing(watched, self.at(end), every, ()) for end in (self.inputs, self.baselines))
        entry = Entry(self.at(self.inputs), every, every)
        fields = [substitution.rest(module, entry, None, at_input=at_input) for module, at_input in watched]

        @contextmanager
        def around(points: Tensor) -> Iterator[None]:
            with ExitStack() as stack:
                for field, part in zip(fields, apart(points, ends), strict=True):
                    stack.enter_context(field.around(part))
                yield

        return Path(replace(fields[0], around=around), together(ends), together(starts)), ends


@dataclass(frozen=True)
class Answer:
    """What is right: an `Expected` for each input or layer, and one for all together, of which the delta is taken.

    Shapes   ends (2, examples): F(x) and F(x'); `output` is the dtype in which F ends
    """

    parts: list[Expected]
    whole: Expected
    ends: Tensor
    output: torch.dtype

    @property
    def delta(self) -> Tensor:
        """Σ attribution − (F(x) − F(x')) of each example: (examples,)."""
        return totals(self.whole.attribution) - (self.ends[0] - self.ends[1])

    def delta_budget(self, rows: Tensor) -> Budget:
        """Of the delta of these examples."""
        share = INFORMATIVE.get(self.output, INFORMATIVE_SHARE)
        narrow = Budget(floor(self.ends[:, rows].abs().sum(0), self.output), f"F in {name(self.output)}", share)
        return self.whole.of(rows).gap + narrow


@highest()
def answer(
    float64: Asked,
    low: Asked,
    rule: Rule,
    dtype: torch.dtype,
    output: torch.dtype,
    device: str = "cpu",
    *,
    factor: bool = True,
) -> Answer:
    """The rule's sum, with or without its factor Δ, for a subject in `dtype`, and an F that ends in `output`.

    `low` is the same question in float32; or in half precision, where its own sum is the right one.
    """
    half = torch.finfo(dtype).bits == 16
    # An input of one number is a sample of one element on each path, which is lucky more often than a whole embedding.
    nudges = (torch.finfo(dtype).eps,) * len(NUDGES) if half else NUDGES

    def summed(asked: Asked) -> tuple[PathSum, PathSum, list[Tensor]]:
        path, like = asked.path()
        path = path.with_neighbours(nudges)
        sums = path.sum(rule, None if factor else torch.ones_like(path.x))
        # F may be infinite where its gradient is finite.
        sums = replace(sums, end=sums.end.nan_to_num(0, 0, 0), start=sums.start.nan_to_num(0, 0, 0))
        return sums, sums if factor else sums.times(path.x - path.baseline), like

    (right, product, like), (rounded, rounded_product, _) = summed(float64), summed(low)

    def expected(wide: PathSum, narrow: PathSum) -> Expected:
        both = conditioned(wide, narrow, float64.examples, dtype, device, weights_error=rule.weights_error)
        return replace(both, attribution=narrow.attribution[: float64.examples].double()) if half else both

    shown, whole = expected(right, rounded), expected(product, rounded_product)
    differences = (together([part]) for part in apart(shown.difference, like))
    parts = [
        replace(shown, attribution=attribution, difference=difference)
        for attribution, difference in zip(apart(shown.attribution, like), differences, strict=True)
    ]
    ends, rounded_ends = float64.ends(nudges), low.ends(nudges)
    whole = replace(whole, change_difference=(rounded_ends - ends).abs().sum(1).amax(0))
    return Answer(parts, whole, ends[0], output)


def together(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors side by side: (examples, all their elements)."""
    return torch.cat([tensor.reshape(len(tensor), -1) for tensor in tensors], dim=1)


def apart(points: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """Rows of points as rows of the tensors that were put together."""
    parts = points.split([tensor[0].numel() for tensor in like], dim=1)
    return [part.reshape(len(points), *tensor.shape[1:]) for part, tensor in zip(parts, like, strict=True)]


def _rows_of(argument: Any, index: Tensor, examples: int) -> Any:
    """The argument for these rows: what has a row for each example, also in a list, tuple or dict, gives theirs."""
    if isinstance(argument, Tensor):
        return argument[index] if argument.dim() and len(argument) == examples else argument
    if isinstance(argument, list | tuple):
        return type(argument)(_rows_of(one, index, examples) for one in argument)
    if isinstance(argument, dict):
        return {key: _rows_of(value, index, examples) for key, value in argument.items()}
    return argument
