"""The scores of nodes and edges, by the path that a tool declares.

Source   Sundararajan, Taly, Yan 2017, eq. 3; Hanna, Pezzelle, Belinkov 2024, https://arxiv.org/abs/2403.17806 for the
         path of the inputs
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Layer
from reference.oracle import substitution
from reference.oracle.expected import Expected
from reference.oracle.oracle import Oracle
from reference.oracle.path import Path, layer_paths
from reference.oracle.path_integral import PathSum
from reference.oracle.quadrature import Rule


@dataclass(frozen=True)
class SidePath(Path):
    """A path of the inputs along which gradients are taken elsewhere, each times `difference`, not times x − x'.

    Shapes   difference (batch, …), that of the gradients
    """

    difference: Tensor = field(default_factory=lambda: torch.zeros(0))

    def sum(self, rule: Rule, factor: Tensor | None = None) -> PathSum:
        times = len(self.x) // len(self.difference)
        rows = self.difference.repeat(times, *(1,) * (self.difference.dim() - 1))
        return self.form(self.field, self.x, self.baseline, rule, rows if factor is None else factor)


@dataclass(frozen=True)
class PatchingOracle:
    """The right scores of nodes and edges of one problem, along one declared path."""

    oracle: Oracle
    path: str

    def node(self, node: str) -> Expected:
        """Of a module's output: (batch, …), whose total is the score."""
        layer = Layer(node)
        return self.oracle.lig(layer) if self.path == "own activation" else self._beside(layer, layer)

    def reader(self, reader: str) -> Expected:
        """Of all that a module reads, along the path of the inputs."""
        layer = Layer(reader, at_input=True)
        return self._beside(layer, layer)

    def edge(self, writer: str, reader: str) -> Expected:
        """Of what one module adds to the input of a later one."""
        at = Layer(reader, at_input=True)
        if self.path == "inputs":
            return self._beside(at, Layer(writer))
        return self.oracle.expected(*(self._part(built, at, Layer(writer)) for built in self._both))

    @property
    def _both(self) -> tuple[BuiltProblem, BuiltProblem]:
        return self.oracle.float64, self.oracle.float32

    def _beside(self, at: Layer, moving: Layer) -> Expected:
        """Gradients at one layer along the path of the inputs, times the difference of another one's values."""
        return self.oracle.expected(*(self._side(built, at, moving) for built in self._both))

    def _side(self, built: BuiltProblem, at: Layer, moving: Layer) -> Path:
        entry, target = built.embeddings, self.oracle.problem.call.target
        there = layer_paths(built, [moving], target)[moving]
        module = at.module(built.model)
        moved = substitution.beside(module, entry, target, at_input=at.at_input)
        return SidePath(moved, entry.inputs, entry.baselines, difference=there.x - there.baseline)

    def _part(self, built: BuiltProblem, at: Layer, moving: Layer) -> Path:
        """From the reader's input with the writer's part at x' to its input at x."""
        paths = layer_paths(built, [at, moving], self.oracle.problem.call.target)
        x, there = paths[at].x, paths[moving]
        return Path(paths[at].field, x, x - (there.x - there.baseline))
