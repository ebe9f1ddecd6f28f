"""The numbers to be checked: attributions of full shape, or token scores, and how they compare with a right value."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from reference.check.field import Space
from reference.oracle.budget import rounding

MOST_SCORES = 2048
"""Scores of an example that the profile of the integrand keeps; more are added up in blocks."""

MOST_DECIMALS = 16
"""float64 holds no more decimals."""

OF_SERIES = (
    "the numbers are sums over dimension 1, the channels of (batch, channel, time). If the inputs are (batch, length, "
    "hidden), sum over the last dimension instead"
)

OVER_COLUMNS = (
    "the numbers are sums over the last dimension of inputs (batch, a, b, c), which are right if that holds the "
    "channels. Images (batch, channel, row, column) are summed over dimension 1"
)


@dataclass(frozen=True)
class Numbers:
    """Numbers (batch, …) of a space, flat. `reduced` is the dimension that was summed over: None, −1 or 1.

    Tokens (batch, length, hidden) are summed over their last dimension; images (batch, channel, row, column) and series
    (batch, channel, time) over their channels or their last. Vectors (batch, features) beside them are not summed.

    `resolution` is half a unit of the last digit that the numbers were printed with, 0 if they were not printed.
    `stored` is the 16-bit dtype that they were rounded to. `tokens` says that tensors of three dimensions are tokens.
    """

    space: Space
    flat: Tensor
    reduced: int | None = None
    resolution: float = 0.0
    stored: torch.dtype | None = None
    tokens: bool = True

    @classmethod
    def of(
        cls,
        parts: tuple[Tensor, ...],
        space: Space,
        examples: int,
        resolution: float = 0.0,
        *,
        stored: torch.dtype | None = None,
        tokens: bool = True,
    ) -> Numbers:
        """Parts of the space's shapes, or of these without their last dimension; one example may lack the batch.

        Raises   ValueError for another shape
        """
        images = _images(space)
        for reduced in (None, 1, -1) if images else (None, -1, 1):
            shapes = [(examples, *_without(shape, reduced)) for shape in space.shapes]
            if all(len(shape) < 2 for shape in space.shapes) and reduced is not None:
                continue
            kept = [(examples, *_without(shape, reduced, keepdim=True)) for shape in space.shapes]
            fits = [
                _fits(part, shape) or _fits(part, kept_shape)
                for part, shape, kept_shape in zip(parts, shapes, kept, strict=True)
            ]
            if all(fits):
                flat = torch.cat([part.reshape(examples, -1) for part in parts], 1)
                return cls(space, flat, reduced, resolution, stored, tokens)
        got, wanted = [tuple(part.shape) for part in parts], [(examples, *shape) for shape in space.shapes]
        one = len(parts) == 1
        sums = [[(examples, *_without(shape, reduced)) for shape in space.shapes] for reduced in (-1, 1)]
        last, first = (shapes[0] if one else shapes for shapes in sums)
        raise ValueError(
            f"attributions have shape {got[0] if one else got}: expected {wanted[0] if one else wanted}"
            + (f", or sums over the channels {first}" if images else "")
            + (f", or token scores without the last dimension {last}" if all(len(s) == 3 for s in wanted) else "")
            + (f", or sums over the channels {first}" if all(len(s) == 3 for s in wanted) and not tokens else "")
        )

    @property
    def impossible(self) -> bool:
        """Whether no right numbers have this form: they were summed over tokens."""
        return self.reduced == 1 and not _images(self.space) and (self.tokens or not _series(self.space))

    @property
    def other_meaning(self) -> str | None:
        """How sums were read, if their inputs may have another layout in which these are no right sums."""
        if self.reduced == 1 and _series(self.space) and not self.impossible:
            return OF_SERIES
        return OVER_COLUMNS if self.reduced == -1 and _images(self.space) else None

    @property
    def of_tokens(self) -> bool:
        """Whether a tensor is (batch, length, hidden): what has another form has no words, masks or positions."""
        return any(len(shape) == 2 for shape in self.space.shapes)

    def like(self, flat: Tensor) -> Tensor:
        """Full attributions (…, numbers) reduced as these numbers are: (…, own)."""
        if self.reduced is None:
            return flat
        if self.impossible:
            size = sum(torch.Size(_without(shape, 1)).numel() for shape in self.space.shapes)
            return flat.new_zeros(*flat.shape[:-1], size)
        return torch.cat([self._summed(part, flat.dim()) for part in self.split(flat)], -1)

    def _summed(self, part: Tensor, dims: int) -> Tensor:
        """(…, *shape), where … and the flat numbers were `dims` dimensions, summed over channels or the last one."""
        if part.dim() <= dims:
            return part  # one vector
        channels = self.reduced == 1 and not self.impossible
        return part.sum(dims - 1 if channels else -1).flatten(dims - 1)

    def split(self, flat: Tensor) -> list[Tensor]:
        """(…, numbers) as (…, shape) each; one number for each example has the shape (1,)."""
        parts = flat.split([torch.Size(shape).numel() for shape in self.space.shapes], dim=-1)
        shapes = [shape or (1,) for shape in self.space.shapes]
        return [part.reshape(*flat.shape[:-1], *shape) for part, shape in zip(parts, shapes, strict=True)]

    def profile(self, flat: Tensor) -> Tensor:
        """(…, numbers) as (…, scores): tokens where there are any, in blocks if there are many."""
        kept = []
        for part, shape in zip(self.split(flat), self.space.shapes, strict=True):
            kept.append(self._summed(part, flat.dim()) if len(shape) > 1 else part.flatten(flat.dim() - 1))
        scores = torch.cat(kept, -1)
        if scores.shape[-1] <= MOST_SCORES:
            return scores
        width = -(-scores.shape[-1] // MOST_SCORES)
        padded = torch.nn.functional.pad(scores, (0, -scores.shape[-1] % width))
        blocks: Tensor = padded.unflatten(-1, (-1, width)).sum(-1)
        return blocks

    @property
    def profiled(self) -> Tensor | None:
        """These numbers as a profile, or None if they cannot be brought to one."""
        if self.reduced is None:
            return self.profile(self.flat)
        if not self.impossible:
            return self.flat if self.flat.shape[-1] <= MOST_SCORES else None
        return None

    @property
    def half_units(self) -> Tensor:
        """Half a unit of the last digit of each number, if they were rounded to a 16-bit dtype: (batch, own)."""
        if self.stored is None:
            return torch.zeros_like(self.flat)
        limits = torch.finfo(self.stored)
        size = self.flat.abs().clamp(min=limits.tiny)
        return limits.eps * torch.exp2(torch.frexp(size)[1] - 1) / 2

    def decimals(self, dtype: torch.dtype) -> int | None:
        """The fewest decimals that hold all numbers, as far as `dtype` can tell, or None."""
        eps = torch.finfo(dtype).eps
        for count in range(MOST_DECIMALS):
            scaled = self.flat * 10**count
            if bool(((scaled - scaled.round()).abs() <= eps * scaled.abs()).all()):
                return count
        return None

    def place(self, example: int, number: int) -> str:
        """An element in words."""
        shapes = [_without(shape, self.reduced) for shape in self.space.shapes]
        for which, shape in enumerate(shapes):
            size = torch.Size(shape).numel()
            if number < size:
                index = _index(number, shape)
                names = self._names(which, len(shape))
                words = ", ".join(f"{name} {i}" for name, i in zip(names, index, strict=False))
                return (
                    (f"{self.space.part} {which}, " if len(shapes) > 1 else "")
                    + f"example {example}"
                    + (f", {words}" * bool(words))
                )
            number -= size
        return f"example {example}"

    def _names(self, which: int, dims: int) -> tuple[str, ...]:
        full = len(self.space.shapes[which])
        if full == 2 and not self.tokens and self.reduced == 1:
            return ("time",)
        if full == 2:
            return ("token", "unit")
        if full == 3:
            names = ("channel", "row", "column")
            return names if self.reduced is None else names[1:] if self.reduced == 1 else names[:-1]
        return ("index",) * dims


def _series(space: Space) -> bool:
    """Whether all tensors but vectors are (batch, channel, time), if they are no tokens."""
    return {len(shape) for shape in space.shapes} - {0, 1} == {2}


def _images(space: Space) -> bool:
    """Whether all tensors but vectors are (batch, channel, row, column)."""
    return {len(shape) for shape in space.shapes} - {0, 1} == {3}


@dataclass(frozen=True)
class Value:
    """A right value of the numbers, and the unit of its rounding.

    Shapes   number (batch, own), float64; unit, magnitude (batch,); weights (batch,) is what other float64 weights of
             the same rule may change
    """

    number: Tensor
    unit: Tensor
    magnitude: Tensor
    weights: Tensor | None = None

    def budget(self, dtype: torch.dtype, resolution: float = 0.0) -> Tensor:
        """The largest error that rounding explains: (batch,). Raises NotApplicable if it is not finite."""
        budget = rounding(self.unit, self.magnitude, dtype).value + resolution
        return budget if self.weights is None or dtype != torch.float64 else budget + self.weights


@dataclass(frozen=True)
class Comparison:
    """The worst element: error over budget, and where it is."""

    worst: float
    words: str
    error: float


def compared(numbers: Numbers, value: Value, dtype: torch.dtype) -> Comparison:
    """The numbers against a value, element for element."""
    bad = (~numbers.flat.isfinite()).nonzero()
    if len(bad):
        example, number = (int(index) for index in bad[0])
        words = f"{numbers.place(example, number)}: the number is {float(numbers.flat[example, number])}"
        return Comparison(math.inf, f"{words}; {len(bad)} of {numbers.flat.numel()} numbers are not finite", math.inf)
    budget = value.budget(dtype, numbers.resolution).unsqueeze(1) + numbers.half_units
    error = (numbers.flat - value.number).abs()
    used = torch.where(error == 0, 0.0, error / budget).nan_to_num(nan=math.inf, posinf=math.inf)
    worst = float(used.max())
    example, number = divmod(int(used.argmax()), used.shape[1])
    got, right = float(numbers.flat[example, number]), float(value.number[example, number])
    words = (
        f"{numbers.place(example, number)}: got {got:.9g}, expected {right:.9g}; the error "
        f"{float(error[example, number]):.3g} is {worst:.3g} times the budget {float(budget[example, number]):.3g}; "
        f"{int((used > 1).sum())} of {used.numel()} numbers are off"
    )
    return Comparison(worst, words, float(error.nan_to_num(nan=math.inf).max()))


def _without(shape: tuple[int, ...], reduced: int | None, *, keepdim: bool = False) -> tuple[int, ...]:
    if reduced is None or len(shape) < 2:
        return shape  # a vector has no channels
    one = (1,) * keepdim
    return (*shape[:-1], *one) if reduced == -1 else (*one, *shape[1:])


def _fits(part: Tensor, shape: tuple[int, ...]) -> bool:
    return tuple(part.shape) == shape or (shape[0] == 1 and tuple(part.shape) == shape[1:])


def _index(number: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    found: list[int] = []
    for size in reversed(shape):
        number, index = divmod(number, size)
        found.append(index)
    return tuple(reversed(found))
