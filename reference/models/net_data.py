"""The data of a small net's call: inputs, baselines and arguments as values, and as the objects a caller has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reference.models.net import TinyNet
from reference.problem import Call, Problem
from reference.short_repr import ShortRepr

NUMBER = {"number": 0.5, "integer": 1, "zero": 0}
"""Baselines that are numbers. Token ids have whole ones."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Numbers(ShortRepr):
    """A batch of normal numbers from a seed. `nonfinite` makes the first example's gain or offset NaN or infinite."""

    examples: int = 1
    seed: int = 0
    nonfinite: str = ""

    def __post_init__(self) -> None:
        if self.nonfinite not in ("", "gain", "offset"):
            raise ValueError(f"nonfinite must be '', 'gain' or 'offset', got {self.nonfinite!r}")

    @property
    def batch(self) -> int:
        return self.examples


@dataclass(frozen=True)
class Values:
    """What is asked about: contiguous tensors without a graph, in one dtype, whatever form the call gives them.

    Shapes   inputs, baselines (examples, …), token ids last
    Of IG, token ids are the first argument. `names` are those of the arguments.
    """

    inputs: tuple[Tensor, ...]
    baselines: tuple[Tensor, ...]
    arguments: tuple[Any, ...]
    names: tuple[str, ...]

    def on(self, device: str) -> Values:
        """The same on another device."""
        moved = (_on(values, device) for values in (self.inputs, self.baselines, self.arguments))
        inputs, baselines, arguments = moved
        return Values(inputs, baselines, arguments, self.names)


def _on(argument: Any, device: str) -> Any:
    """The argument with each of its tensors on the device."""
    if isinstance(argument, Tensor):
        return argument.to(device)
    if isinstance(argument, list | tuple):
        return type(argument)(_on(one, device) for one in argument)
    if isinstance(argument, dict):
        return {key: _on(value, device) for key, value in argument.items()}
    return argument


def values_of(problem: Problem, dtype: torch.dtype) -> Values:
    """The values of the problem's call in that dtype."""
    spec, data, call = problem.model, problem.data, problem.call
    draw = _Draw(data)
    inputs = [draw.floats(f"input {i}", shape, dtype) for i, shape in enumerate(spec.inputs)]
    if call.form.twice:
        inputs[1] = inputs[0]
    starts = [draw.floats(f"baseline {i}", shape, dtype) for i, shape in enumerate(spec.inputs)]
    if spec.tokens:
        inputs.append(draw.integers("ids", (spec.tokens,), spec.vocab))
        # The first token of each example moves.
        steps = draw.integers("steps", (spec.tokens,), spec.vocab)
        steps[:, 0] = steps[:, 0] % (spec.vocab - 1) + 1
        starts.append((inputs[-1] + steps) % spec.vocab)
    if call.form.inputs == "expanded":
        inputs = [x[:1].expand_as(x).clone() for x in inputs]
    starts = [_start(call.form.baselines, i, x, start) for i, (x, start) in enumerate(zip(inputs, starts, strict=True))]
    moving = len(inputs) - (spec.tokens > 0 and call.layer is None)
    given = _arguments(spec, call, draw, dtype)
    if moving < len(inputs):
        given = {"ids": inputs[-1], **given}
    return Values(tuple(inputs[:moving]), tuple(starts[:moving]), tuple(given.values()), tuple(given))


def _start(form: str, i: int, x: Tensor, start: Tensor) -> Tensor:
    """The baseline in full, as its form has it."""
    if form == "inputs":
        return x
    if form in ("left out", "zero"):
        return torch.zeros_like(x)
    if form in NUMBER or (form == "mixed" and i == 0):
        return torch.full_like(x, NUMBER.get(form, 0.5) if x.is_floating_point() else 1)
    return start[:1].expand_as(start).clone() if form in ("one example", "expanded") else start


def _arguments(spec: TinyNet, call: Call, draw: _Draw, dtype: torch.dtype) -> dict[str, Any]:
    """The additional arguments by name, in order."""

    def made(name: str) -> Any:
        if name in SHAPES:
            return draw.floats(name, SHAPES[name], dtype)
        if name in ("int64", "bool"):
            return draw.integers(name, (5,), 2).to(torch.bool if name == "bool" else torch.int64)
        if name == "nested":
            return {"gains": [draw.floats(name, (2,), dtype)], "names": ("a", "b")}
        if name == "shared":
            return draw.floats(name, (4,), dtype)[:1]
        return torch.tensor(0.75, dtype=dtype) if name == "0-d" else FOR_ALL[name]

    given = {name: made(name) for name in call.form.arguments}
    if draw.data.nonfinite == "gain":
        given["float"][0] = float("nan")
    if call.form.arguments_layout == "expanded":
        given = {name: _first_row(value) for name, value in given.items()}
    if spec.offset:
        given["offset"] = draw.floats("offset", (), dtype)
        if draw.data.nonfinite == "offset":
            given["offset"][0] = float("inf")
    return given


SHAPES: dict[str, tuple[int, ...]] = {"float": (), "3-D": (2, 3), "4-D": (2, 1, 2), "needs grad": (2,)}
"""Float arguments: the shape of one example."""

FOR_ALL: dict[str, Any] = {
    "None": None,
    "number": 1.5,
    "flag": True,
    "text": "text",
    "settings": {"scale": 0.5, "names": ["a", "b"], "deep": {"flag": False, "shape": (1, 2)}},
}
"""Arguments that have no row for each example."""


def _first_row(value: Any) -> Any:
    if isinstance(value, Tensor) and value.dim() and len(value) > 1:
        return value[:1].expand_as(value).clone()
    return value


@dataclass(frozen=True)
class _Draw:
    """Tensors of so many examples from the seed of the data, one stream for each name."""

    data: Numbers

    def floats(self, name: str, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
        """Normal numbers that float32 represents."""
        values = self._stream(name).standard_normal((self.data.examples, *shape)).astype(np.float32)
        return torch.from_numpy(values).to(dtype)

    def integers(self, name: str, shape: Sequence[int], below: int) -> Tensor:
        """Whole numbers from 0 up to `below`, int64."""
        return torch.from_numpy(self._stream(name).randint(0, below, (self.data.examples, *shape)))

    def _stream(self, name: str) -> np.random.RandomState:
        STREAM.seed([self.data.seed, *name.encode()])
        return STREAM


STREAM = np.random.RandomState(0)


def laid_out(tensor: Tensor, layout: str) -> Tensor:
    """The same values, in another layout or at another place of a graph."""
    if layout == "transposed":
        return tensor.transpose(0, -1).contiguous().transpose(0, -1)
    if layout == "slice":
        return torch.stack([tensor, tensor], -1)[..., 0]
    if layout == "expanded":
        return tensor[:1].expand_as(tensor)
    if layout == "parameter" and tensor.is_floating_point():
        return nn.Parameter(tensor.clone())
    graph = layout in ("non-leaf", "requires grad") and tensor.is_floating_point()
    leaf = tensor.clone().requires_grad_(graph)
    return leaf * 1 if layout == "non-leaf" else leaf
