"""The straight path of a problem, at the embeddings or at a layer, and others beside it: where rounding is sampled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Layer
from reference.oracle import substitution
from reference.oracle.path_integral import PathSum, ScalarField, batched
from reference.oracle.quadrature import Rule

NUDGES = (2.0**-23, 2.0**-17, 2.0**-11)
"""How far beside the path rounding is sampled again, relative to each coordinate, in one batch. One sample can be
lucky; an ulp beside it all can be, alike: a saturated tanh does not move. Farther off it is rounded otherwise.
"""


@dataclass(frozen=True)
class Path:
    """F and both ends of a straight path, in one dtype: a `ScalarField`, x and x' (batch, …).

    `form` sums along it: `batched`, or `step_by_step` if memory holds one step only, or if each step's rounding counts.
    """

    field: ScalarField
    x: Tensor
    baseline: Tensor
    form: Callable[..., PathSum] = batched

    def sum(self, rule: Rule, factor: Tensor | None = None) -> PathSum:
        return self.form(self.field, self.x, self.baseline, rule, factor)

    def with_neighbours(self, nudges: Sequence[float] | None = None) -> Path:
        """Itself, then one beside it for each nudge: coordinates times 1 ± that, alike at both ends.

        Shapes   x, baseline (batch, …) → ((1 + nudges) · batch, …), path after path; NUDGES where none are named
        """
        sizes = np.array([0.0, *(NUDGES if nudges is None else nudges)]).reshape(-1, *(1,) * self.x.dim())
        signs = np.random.RandomState(0).choice((-1.0, 1.0), size=(len(sizes), *self.x.shape))
        factor = 1 + torch.from_numpy(sizes * signs)
        x, baseline = ((end * factor).flatten(0, 1).to(end.dtype) for end in (self.x, self.baseline))
        return replace(self, x=x, baseline=baseline)

    def at(self, rule: Rule) -> Tensor:
        """The points of the rule's nodes, (nodes · batch, …), node after node."""
        return torch.cat([self.baseline + alpha * (self.x - self.baseline) for alpha in rule.nodes])

    def ends(self) -> tuple[Tensor, Tensor]:
        """F(x), F(x'): (batch,) each, in a run each: another number of rows would round otherwise."""
        return self.field(self.x), self.field(self.baseline)


def input_path(built: BuiltProblem, target: object) -> Path:
    """From the baseline's to the input's word embeddings."""
    entry = built.embeddings
    return Path(substitution.whole(entry, target), entry.inputs, entry.baselines)


def layer_paths(built: BuiltProblem, layers: Iterable[Layer], target: object) -> dict[Layer, Path]:
    """At each layer: from the baseline's to the input's value there, through the rest of the model."""
    entry, watched = built.layered, {layer: (layer.module(built.model), layer.at_input) for layer in layers}
    ends = substitution.activations([*watched.values()], entry, rows=built.rows)
    return {
        layer: Path(substitution.rest(module, entry, target, at_input=at_input), *both)
        for (layer, (module, at_input)), both in zip(watched.items(), ends, strict=True)
    }
