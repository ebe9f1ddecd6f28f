"""Functions and points of the vectors, drawn from the vector's id.

Numbers are multiples of 1/64, which decimals, float32 and float64 represent exactly. Only integers are drawn, so that
no function of a platform is involved.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np

Layer = dict[str, Any]


class Draw:
    """Random numbers that belong to one id."""

    def __init__(self, name: str) -> None:
        self._random = np.random.RandomState(zlib.crc32(name.encode()))

    def integer(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return int(self._random.randint(low, high + 1))

    def number(self, most: float = 1.0) -> float:
        """A multiple of 1/64 in [−most, most], not 0."""
        limit = int(64 * most)
        return self.integer(1, limit) * (1 if self.integer(0, 1) else -1) / 64

    def point(self, size: int, most: float = 1.0) -> list[float]:
        """`size` numbers."""
        return [self.number(most) for _ in range(size)]

    def rows(self, rows: int, size: int, most: float = 1.0) -> list[list[float]]:
        """`rows` lists of `size` numbers."""
        return [self.point(size, most) for _ in range(rows)]

    def linear(self, inputs: int, outputs: int, most: float = 1.0) -> Layer:
        """Weight and bias of an affine map."""
        return {"weight": self.rows(outputs, inputs, most), "bias": self.point(outputs, most / 2)}

    def affine(self, inputs: int, outputs: int, most: float = 1.0) -> Layer:
        """An affine layer."""
        return {"layer": "affine", **self.linear(inputs, outputs, most)}

    def layer_norm(self, size: int, epsilon: float) -> Layer:
        """A LayerNorm with gains near 1."""
        gain = [1 + self.number(0.5) for _ in range(size)]
        return {"layer": "layer_norm", "gain": gain, "shift": self.point(size, 0.5), "epsilon": epsilon}

    def attention(self, size: int, heads: int, mask: list[int] | None = None) -> Layer:
        """Softmax attention over tokens of `size` features."""
        parts = {name: self.linear(size, size) for name in ("query", "key", "value", "output")}
        return {"layer": "attention", "heads": heads, **parts, **({"mask": mask} if mask else {})}

    def polynomial(self, size: int, terms: int, degree: int) -> list[Layer]:
        """Terms of one polynomial, each of the degree at most."""
        return [self.term(size, degree) for _ in range(terms)]

    def term(self, size: int, degree: int) -> Layer:
        """A coefficient and the exponents of a monomial."""
        return {"coefficient": self.number(2), "powers": self.powers(size, self.integer(1, degree))}

    def powers(self, size: int, degree: int) -> list[int]:
        """Exponents that add up to the degree."""
        powers = [0] * size
        for _ in range(degree):
            powers[self.integer(0, size - 1)] += 1
        return powers
