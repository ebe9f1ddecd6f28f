"""What the call would give under another rule, by the interpolated integrand: which rules are worth a whole path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from reference.check.integral import Integral, cached_rule
from reference.check.sides import Sides
from reference.oracle.quadrature import Rule

SMALLEST = 1e-300
"""No distance is divided by less."""


@dataclass(frozen=True)
class Predicted:
    """The scores of any rule, compared with the numbers at hand."""

    sides: Sides
    integral: Integral

    def far(self, rule: Rule) -> float:
        """How far the rule's scores lie from the numbers, as a share of what is worth a whole path."""
        if (distance := self._distance(rule)) is None:
            return 0.0
        allowed = torch.maximum(0.3 * self._deviation, self.integral.uncertain(rule)).clamp(min=SMALLEST)
        return float((distance / allowed).max())

    def nearest(self, rules: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Those of the rules, by name and number of steps, that are worth a whole path, the nearest first."""

        def share(one: tuple[str, int]) -> float:
            found = self._distance(cached_rule(*one))
            return 0.0 if found is None else float((found / self._deviation.clamp(min=SMALLEST)).max())

        return sorted((one for one in rules if self.far(cached_rule(*one)) <= 1), key=share)

    def _distance(self, rule: Rule) -> Tensor | None:
        """How far the rule's scores lie from the numbers, at most: (batch,); None if this cannot be predicted."""
        numbers, integral, own = self.sides.numbers.profiled, self.integral, self.sides.exact.rule
        if numbers is None or numbers.shape != integral.scores.shape:
            return None
        predicted = integral.of_rule(rule)
        if _same_nodes(rule, own):  # a kink moves the interpolation of both sums alike
            predicted = predicted + self._profile - integral.of_rule(own)
        return (predicted - numbers).abs().amax(1)

    @cached_property
    def _profile(self) -> Tensor:
        """The scores under the call's own rule, from the model: (batch, scores)."""
        exact = self.sides.exact
        return exact.numbers.profile(exact.attribution)

    @cached_property
    def _deviation(self) -> Tensor:
        """How far the scores under the call's own rule lie from the numbers, at most: (batch,)."""
        assert self.sides.numbers.profiled is not None
        return (self.sides.numbers.profiled - self._profile).abs().amax(1)


def _same_nodes(one: Rule, other: Rule) -> bool:
    """Whether the nodes are the same but for rounding to float32."""
    rounding = torch.finfo(torch.float32).eps
    return len(one) == len(other) and bool(np.allclose(one.nodes, other.nodes, rtol=0, atol=rounding))
