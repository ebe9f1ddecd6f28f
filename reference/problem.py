"""A problem: one generated case as frozen plain values. Printing it is the counterexample; `build` makes it run.

`Problem(model, data, call)`: the model (`TinyBert`, …) says what F is, the data (`Tokens`, …) the ends of the path,
the call how the subject is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor, nn

from reference.plain_repr import PlainRepr

DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

Ids = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class Vectors(PlainRepr):
    """A baseline in word-embedding space: one normal vector per token, standard deviation `scale`."""

    seed: int = 0
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True, repr=False)
class Tokens(PlainRepr):
    """A batch of token ids and its baseline; `None` leaves an argument to the model's own default.

    Shapes   every field (batch, length); `baseline` is ids of that shape or `Vectors`
    """

    ids: Ids
    baseline: Ids | Vectors
    mask: Ids | None = None
    types: Ids | None = None
    positions: Ids | None = None
    baseline_types: Ids | None = None
    baseline_positions: Ids | None = None

    @property
    def batch(self) -> int:
        return len(self.ids)

    @property
    def length(self) -> int:
        return len(self.ids[0])


Index = int | tuple[int, ...]
Target = Index | tuple[Index, ...] | None
Case = TypeVar("Case")


@dataclass(frozen=True, kw_only=True, repr=False)
class Call(PlainRepr):
    """How the subject is asked. `target` is one index for all examples, or a tuple with one for each; `dtype` is
    the model's; `layer` is a module's path, with `:input` for its input; `case` is one of the law's cases, or None
    for all of them.
    """

    method: str = "gausslegendre"
    n_steps: int = 1
    target: Target = 0
    dtype: str = "float64"
    layer: str | None = None
    internal_batch_size: int | None = None
    case: str | None = None

    def asked(self, cases: Mapping[str, Case]) -> Mapping[str, Case]:
        """Those of a law's cases that this call asks. Raises ValueError for one that the law does not have."""
        if self.case is None:
            return cases
        if self.case not in cases:
            raise ValueError(
                f"no case {self.case!r} here: choose one of {', '.join(map(repr, cases))}, or None for all"
            )
        return {self.case: cases[self.case]}


class ModelSpec(Protocol):
    """What a problem's model must do: build a setting for the data."""

    def build(self, data: Any, dtype: torch.dtype, device: str) -> Setting: ...


@dataclass(frozen=True)
class Entry:
    """One way into a model: `forward(inputs, *additional)` with both ends of the path.

    Shapes   inputs, baselines (batch, length) ids or (batch, length, hidden) embeddings
    `baseline_additional`, where given, are the arguments at the baseline's end of a joint path.
    """

    forward: Callable[..., Any]
    inputs: Tensor
    baselines: Tensor
    additional: tuple[Any, ...] = ()
    baseline_additional: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Place:
    """Where a layer attribution is taken: the output of the module at `path`, or its first input."""

    path: str
    at_input: bool = False

    @classmethod
    def named(cls, name: str) -> Place:
        """`path`, or `path:input`."""
        path, _, side = name.partition(":")
        return cls(path, side == "input")

    def module(self, model: nn.Module) -> nn.Module:
        return model.get_submodule(self.path)

    def __str__(self) -> str:
        return f"the input of {self.path}" if self.at_input else self.path


@dataclass(frozen=True)
class Setting:
    """A built problem: the model, its entries and its places.

    `ids` is None where the baseline is no token ids; `embeddings` always enters at the word embeddings' output. Layers
    have `rows` rows for each example.
    """

    model: nn.Module
    embeddings: Entry
    ids: Entry | None
    places: tuple[Place, ...]
    prefix: str = ""
    output_dims: int = 2
    rows: int = 1

    @property
    def layered(self) -> Entry:
        """The entry of layer attributions: ids where the baseline has them."""
        return self.ids or self.embeddings


@dataclass(frozen=True, kw_only=True, repr=False)
class Problem(PlainRepr):
    """One case: what F is, the ends of the path, the call. A rule problem has a call only."""

    model: Any = None
    data: Any = None
    call: Call = Call()

    def build(self, dtype: str | None = None, device: str = "cpu") -> Setting:
        """The runnable case, in the call's dtype unless another is asked for. Every build is fresh."""
        if self.model is None:
            raise ValueError(f"{self!r} has no model to build")
        model: ModelSpec = self.model
        return model.build(self.data, DTYPES[dtype or self.call.dtype], device)

    def asking(self, **changes: Any) -> Problem:
        """The same problem, called otherwise."""
        return replace(self, call=replace(self.call, **changes))

    @property
    def dtype(self) -> torch.dtype:
        return DTYPES[self.call.dtype]
