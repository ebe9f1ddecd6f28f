"""A problem: one generated case as frozen values. Printing it is the counterexample; `build` makes it run.

`Problem(model, data, call)`: the model (`TinyBert`, …) says what F is, the data (`Tokens`, …) the ends of the path,
the call says how the subject is called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import torch

from reference.built_problem import BuiltProblem
from reference.form import NEUTRAL_FORM, NEUTRAL_MODE, Form, Mode
from reference.short_repr import ShortRepr

DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

Ids = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class Vectors(ShortRepr):
    """A baseline in word-embedding space: one normal vector per token, standard deviation `scale`."""

    seed: int = 0
    scale: float = 1.0


@dataclass(frozen=True, kw_only=True, repr=False)
class Tokens(ShortRepr):
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
class Call(ShortRepr):
    """How the subject is called. `target` is one index for all examples, or a tuple with one for each; `dtype` is
    the model's; `layer` is a module's path, with `:input` for its input, and `more_layers` are asked together with it;
    `case` is one of the law's cases, or None for all of them. `form` and `mode` do not change what is asked.
    """

    method: str = "gausslegendre"
    n_steps: int = 1
    target: Target = 0
    dtype: str = "float64"
    layer: str | None = None
    internal_batch_size: int | None = None
    more_layers: tuple[str, ...] = ()
    delta: bool = False
    multiply_by_inputs: bool = True
    form: Form = NEUTRAL_FORM
    mode: Mode = NEUTRAL_MODE
    case: str | None = None

    def chosen(self, cases: Mapping[str, Case]) -> Mapping[str, Case]:
        """Those of a law's cases that this call names. Raises ValueError for one that the law does not have."""
        if self.case is None:
            return cases
        if self.case not in cases:
            raise ValueError(
                f"no case {self.case!r} here: choose one of {', '.join(map(repr, cases))}, or None for all"
            )
        return {self.case: cases[self.case]}


class ModelSpec(Protocol):
    """What a problem's model must do: build the problem for its data."""

    def build(self, data: Any, dtype: torch.dtype, device: str) -> BuiltProblem: ...


@dataclass(frozen=True, kw_only=True, repr=False)
class Problem(ShortRepr):
    """One case: what F is, the ends of the path, the call. A rule problem has a call only."""

    model: Any = None
    data: Any = None
    call: Call = Call()

    def build(self, dtype: str | None = None, device: str = "cpu") -> BuiltProblem:
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
