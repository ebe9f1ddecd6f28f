"""What the attributions of a problem must be, by each method and at each layer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Entry, Layer
from reference.oracle import substitution
from reference.oracle.budget import floor
from reference.oracle.expected import Expected, conditioned
from reference.oracle.narrowing import narrowings, near_a_tie, representable
from reference.oracle.path import NUDGES, Path, input_path, layer_paths
from reference.oracle.path_integral import (
    Integral,
    PathSum,
    ScalarField,
    along_curve,
    converged,
    derivative,
    step_by_step,
)
from reference.oracle.quadrature import Rule
from reference.problem import ModelSpec, Problem
from reference.violation import NotApplicable


@lru_cache(maxsize=4)
def _built(model: ModelSpec, data: Any, dtype: str) -> BuiltProblem:
    """The problem built in that dtype, for several laws and calls: the oracle only reads it."""
    return Problem(model=model, data=data).build(dtype)


@dataclass(frozen=True)
class Oracle:
    """The right answers to one problem, under one rule, for a subject on `device`; the oracle computes on CPU."""

    problem: Problem
    rule: Rule
    float64: BuiltProblem
    float32: BuiltProblem
    device: str = "cpu"

    @classmethod
    def of(cls, problem: Problem, rule: Rule, device: str = "cpu") -> Oracle:
        float64, float32 = (_built(problem.model, problem.data, dtype) for dtype in ("float64", "float32"))
        return cls(problem, rule, float64, float32, device)

    @cached_property
    def narrow(self) -> bool:
        """Whether the float64 model computes in float32 inside, between the embeddings and F."""
        path = self._inputs[0]
        return narrowings(path.field, self.float64.model, path.x) > 0

    def rounded_in(self, float64: Path, float32: Path) -> torch.dtype:
        """The dtype whose class budgets have: float32's for a float64 call if an ulp of a point can decide a cast."""
        dtype = self.problem.dtype
        if dtype != torch.float64 or not self.narrow:
            return dtype
        runs = (
            (path.field, built.model, path.at(self.rule))
            for path, built in ((float64, self.float64), (float32, self.float32))
        )
        return torch.float32 if representable(self.float64) or near_a_tie(*runs) else dtype

    def entering(self, change: Callable[[Entry], Entry]) -> Oracle:
        """The oracle of the same problem with both ways into the model changed."""
        return replace(self, float64=self.float64.with_entries(change), float32=self.float32.with_entries(change))

    def ig(self) -> Expected:
        """IG on `inputs_embeds`."""
        return self.expected(*self._inputs)

    def half(self) -> Expected:
        """IG on `inputs_embeds` in the problem's half precision, summed in float32."""
        float64, low = (
            self._inputs[0],
            replace(input_path(self.problem.build(), self.problem.call.target), form=step_by_step),
        )
        once = (torch.finfo(self.problem.dtype).eps,)  # More samples, and many budgets would exceed the attribution.
        sums = low.with_neighbours(once).sum(self.rule)
        expected = self._conditioned(float64.with_neighbours(once).sum(self.rule), sums)
        return replace(expected, attribution=sums.attribution[: len(low.x)].double())

    def lig(self, layer: Layer) -> Expected:
        """LIG at `layer`."""
        return self.expected(*self._at(layer))

    def average_gradient(self, layer: Layer | None = None) -> Expected:
        """Σ_k w_k ∇F on `inputs_embeds`, or at `layer`: an attribution without its factor Δ."""
        paths = self._paths(layer)
        return self._conditioned(*self._average_gradients(*paths), along=paths)

    def derivative(self) -> Expected:
        """d(Σ IG)/dx on `inputs_embeds`."""
        float64, float32 = self._inputs
        nearby = (path.with_neighbours() for path in (float64, float32))
        sums = [derivative(path.field, path.x, path.baseline, self.rule) for path in nearby]
        return self._conditioned(sums[0], sums[1])

    def second_path(self, layer: Layer) -> bool:
        """Whether ids reach the output past `layer`: F with the layer at its baseline value is not F(baseline)."""
        _, start = self._at(layer)[0].ends()
        _, whole = self.ends()
        return bool(((whole - start).abs() > self.floor(whole.abs() + start.abs())).any())

    def one_function(self) -> bool:
        """Whether the model of the ids is the model of their embeddings: F is the same at both ends, and beside them.

        F of equal tokens is often the same wherever a head reads. Beside the ends no two tokens are equal.
        """
        pairs = [*zip(self.ends(), self.input_ends(), strict=True)]
        return all(self._same(*pair) for pair in pairs) and all(self._same(*pair) for pair in self._beside_the_ends())

    def _same(self, one: Tensor, other: Tensor) -> bool:
        return bool(((one - other).abs() <= self.floor(one.abs() + other.abs())).all())

    def _beside_the_ends(self) -> Iterator[tuple[Tensor, Tensor]]:
        """F of the ids and F of the embeddings, both at embeddings beside those of x, and then of x'."""
        built, path = self.float64, self._inputs[0]
        table, entry, beside = built.word_table, built.layered, path.with_neighbours(NUDGES[-1:])
        for ids, points in ((entry.inputs, beside.x), (entry.baselines, beside.baseline)):
            there = replace(entry, inputs=ids)
            by_ids = substitution.rest(table.module(built.model), there, self.problem.call.target)
            nudged = points[len(path.x) :]
            yield by_ids(nudged), path.field(nudged)

    def floor(self, magnitude: Tensor) -> Tensor:
        """Of two float64 values of F that are the same function's."""
        return floor(magnitude, torch.float32 if self.narrow else torch.float64)

    def input_ends(self) -> tuple[Tensor, Tensor]:
        """F(x), F(x') of the embeddings: (batch,) each."""
        return self._inputs[0].ends()

    def shape(self, layer: Layer | None = None) -> tuple[int, ...]:
        """The shape of the attribution on `inputs_embeds`, or at `layer`."""
        return tuple(self._paths(layer)[0].x.shape)

    def ends(self) -> tuple[Tensor, Tensor]:
        """F(x), F(x') of the whole model, each with its own arguments: (batch,) each."""
        entry, target = self.float64.layered, self.problem.call.target
        at_baseline = entry.additional if entry.baseline_additional is None else entry.baseline_additional
        return (
            substitution.whole(entry, target)(entry.inputs),
            ScalarField(entry.forward, at_baseline, target, len(entry.baselines))(entry.baselines),
        )

    def integral(self, layer: Layer | None = None) -> Integral:
        """The converged integral on `inputs_embeds`, or at `layer`."""
        path, _ = self._paths(layer)
        return converged(path.field, path.x, path.baseline)

    def tables(self, layer: Layer, tables: Sequence[Layer]) -> list[Expected]:
        """Each table's part in a joint path that meets at `layer`: Σ_k w_k ∇F(h(α_k)) ⊙ Δ of the table's output."""
        paths = self._at(layer)
        averages = self._average_gradients(*paths)
        deltas = (
            [path.x - path.baseline for path in layer_paths(built, tables, self.problem.call.target).values()]
            for built in (self.float64, self.float32)
        )
        return [
            self._conditioned(averages[0].times(delta), averages[1].times(narrow), along=paths)
            for delta, narrow in zip(*deltas, strict=True)
        ]

    def curve(self, layer: Layer, bend: Callable[[BuiltProblem], Callable[[Tensor], Tensor]]) -> Expected:
        """The sum along the curve bend(x' + αΔ) of the word embeddings, through the rest of the model from `layer`."""
        float64, float32 = (
            along_curve(
                substitution.rest(
                    layer.module(built.model), built.embeddings, self.problem.call.target, at_input=layer.at_input
                ),
                bend(built),
                path.x,
                path.baseline,
                self.rule,
            )
            for built, path in zip((self.float64, self.float32), self._inputs, strict=True)
        )
        bent = self._conditioned(float64, float32)
        return replace(bent, difference=torch.maximum(bent.difference, self.ig().difference))

    def expected(self, float64: Path, float32: Path) -> Expected:
        """The rule's sum along the float64 path, conditioned by the same path in float32, and by those beside both."""
        sums = [path.with_neighbours().sum(self.rule) for path in (float64, float32)]
        return self._conditioned(sums[0], sums[1], along=(float64, float32))

    @cached_property
    def _inputs(self) -> tuple[Path, Path]:
        """In float64 and in float32."""
        float64, float32 = (input_path(built, self.problem.call.target) for built in (self.float64, self.float32))
        return float64, float32

    @cached_property
    def _listed(self) -> list[dict[Layer, Path]]:
        """At every layer of the problem, in float64 and in float32: two runs of the model serve them all."""
        target = self.problem.call.target
        return [layer_paths(built, built.layers_in_order, target) for built in (self.float64, self.float32)]

    def _at(self, layer: Layer) -> tuple[Path, Path]:
        if layer in self.float64.layers_in_order:
            float64, float32 = (paths[layer] for paths in self._listed)
        else:
            float64, float32 = (
                layer_paths(built, [layer], self.problem.call.target)[layer] for built in (self.float64, self.float32)
            )
        return float64, float32

    def _paths(self, layer: Layer | None) -> tuple[Path, Path]:
        return self._at(layer) if layer else self._inputs

    def _average_gradients(self, float64: Path, float32: Path) -> tuple[PathSum, PathSum]:
        """Σ_k w_k ∇F along each and its neighbours."""
        float64, float32 = float64.with_neighbours(), float32.with_neighbours()
        return float64.sum(self.rule, torch.ones_like(float64.x)), float32.sum(self.rule, torch.ones_like(float32.x))

    def _conditioned(self, float64: PathSum, float32: PathSum, along: tuple[Path, Path] | None = None) -> Expected:
        """`along` are the paths, if they are not those of the embeddings.

        Raises   NotApplicable if the float64 sum is not finite
        """
        if not bool(float64.attribution.isfinite().all()):
            raise NotApplicable("the float64 oracle is not finite")
        examples = len(self.float64.embeddings.inputs)
        dtype = self.rounded_in(*(along or self._inputs))
        error = self.rule.weights_error
        return conditioned(float64, float32, examples, dtype, self.device, weights_error=error, narrow=self.narrow)
