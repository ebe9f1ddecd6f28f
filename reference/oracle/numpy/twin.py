"""What a model in NumPy is: its output for word embeddings, and Integrated Gradients of it by HIPS autograd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import autograd.numpy as np
from autograd import grad
from numpy import float64
from numpy.typing import ArrayLike, NDArray

from reference.models.tiny import TinyTransformer
from reference.models.weights import vectors
from reference.oracle.numpy.activations import Traced
from reference.oracle.quadrature import Rule
from reference.problem import Target, Tokens, Vectors

Array = NDArray[float64]


@dataclass(frozen=True)
class Twin:
    """A model in NumPy: `table(spec)` (vocab, hidden), and `output(spec, embeddings, mask, positions)` of its head.

    Shapes   embeddings (…, batch, length, hidden), mask and positions (batch, length); the output (…, batch, …)
    """

    table: Callable[[TinyTransformer], Array]
    output: Callable[[TinyTransformer, Traced, ArrayLike | None, ArrayLike | None], Traced]

    def forward(self, spec: TinyTransformer, embeddings: Traced, target: Target, data: Tokens) -> Traced:
        """F_n = output[n, target], (…, batch)."""
        result = self.output(spec, embeddings, data.mask, data.positions)
        axes = result.ndim - embeddings.ndim + 2
        indices = np.asarray(target)[..., None] if axes == 1 else np.asarray(target)
        return result[(..., np.arange(embeddings.shape[-3]), *np.moveaxis(indices, -1, 0))]

    def integrated_gradients(self, spec: TinyTransformer, data: Tokens, target: Target, rule: Rule) -> Array:
        """Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ at the word embeddings: (batch, length, hidden)."""
        inputs, baselines = self.ends(spec, data)
        points = baselines + np.reshape(rule.nodes, (-1, 1, 1, 1)) * (inputs - baselines)
        slopes = grad(lambda x: np.sum(self.forward(spec, x, target, data)))(points)
        attribution: Array = np.tensordot(rule.weights, slopes, axes=1) * (inputs - baselines)
        return attribution

    def values(self, spec: TinyTransformer, data: Tokens, target: Target) -> tuple[Array, Array]:
        """F(x), F(x'): (batch,) each."""
        at_x, at_baseline = (self.forward(spec, end, target, data) for end in self.ends(spec, data))
        return at_x, at_baseline

    def ends(self, spec: TinyTransformer, data: Tokens) -> tuple[Array, Array]:
        """Both ends of the path, x and x': (batch, length, hidden) each."""
        table = self.table(spec)
        inputs: Array = table[np.asarray(data.ids)]
        if isinstance(data.baseline, Vectors):
            return inputs, vectors(data.baseline, inputs.shape).numpy()
        return inputs, table[np.asarray(data.baseline)]

    def differentiated_by_torch(self, spec: TinyTransformer, mask: ArrayLike | None) -> bool:
        """Whether torch's gradient is that of what it computes: always, in the releases that have these models."""
        return True
