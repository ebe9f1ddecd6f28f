"""What a user says of the numbers of one call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from reference.check.field import Call
from reference.check.integral import cached_rule
from reference.check.numbers import Numbers
from reference.check.sides import Side
from reference.oracle.quadrature import Rule

CAPTUM = 50
"""Captum's default number of steps."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """All that a user said of the numbers."""

    call: Call
    numbers: Callable[[Side], Numbers]
    dtype: torch.dtype
    method: str | None
    n_steps: int | None
    accuracy: float | None
    model: nn.Module | None = None
    model_told: bool = True
    """Whether the user passed the model; if not, it is the only one that the forward refers to."""
    ids: Tensor | None = None
    baseline_ids: Tensor | None = None
    special: Mapping[str, int] | None = None
    """The special tokens by name (`pad`, `mask`, …); None: those that the model's configuration names."""
    delta: Tensor | None = None
    again: Callable[..., Any] | None = None
    numbers_again: Callable[[Side], Tensor] | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def rule(self) -> Rule:
        return cached_rule(self.method or "gausslegendre", self.n_steps or CAPTUM)
