"""Numbers of any precision that remember how they were computed, for gradients by reverse accumulation.

The four operations and the square root of mpmath are rounded correctly. Other functions are computed with more digits
and rounded after that, so that the result does not depend on the release of mpmath, or on the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mpmath.ctx_mp import MPContext

Real = Any
"""An mpf of mpmath."""

FIFTY_DIGITS = 169
"""The bits of 50 decimal digits."""

SINGLE = 24
"""The bits of float32."""


class Arithmetic:
    """Real numbers rounded to `bits` after each operation, and a tape of the operations."""

    def __init__(self, bits: int) -> None:
        self.real, self._wide = MPContext(), MPContext()
        self.real.prec, self._wide.prec = bits, FIFTY_DIGITS + 32
        self._tape: list[Number] = []

    def round(self, value: Real) -> Real:
        """A float, an integer or an mpf of another precision, rounded once."""
        return +self.real.mpf(value)

    def number(self, value: Real) -> Number:
        """A number at which a gradient can be taken."""
        return self._record(self.round(value), ())

    def constant(self, value: Real) -> Number:
        """A number without a history."""
        return Number(self, self.round(value), (), -1)

    def elementary(self, name: str, value: Real) -> Real:
        """The function of mpmath of that name, rounded once."""
        return self.round(getattr(self._wide, name)(self._wide.mpf(value)))

    def gradient(self, output: Number, inputs: Sequence[Number]) -> list[Real]:
        """∂output/∂input for each input. Forgets the tape."""
        adjoints: dict[int, Real] = {output.index: self.real.one}
        for number in reversed(self._tape[: output.index + 1]):
            if (adjoint := adjoints.get(number.index)) is not None:
                for before, slope in number.history:
                    adjoints[before] = adjoints.get(before, self.real.zero) + adjoint * slope
        self._tape.clear()
        return [adjoints.get(one.index, self.real.zero) for one in inputs]

    def _record(self, value: Real, history: tuple[tuple[int, Real], ...]) -> Number:
        number = Number(self, value, history, len(self._tape))
        self._tape.append(number)
        return number


class Number:
    """A value, and the slopes with respect to the numbers that it was computed from."""

    __slots__ = ("arithmetic", "history", "index", "value")

    def __init__(self, arithmetic: Arithmetic, value: Real, history: tuple[tuple[int, Real], ...], index: int) -> None:
        self.arithmetic, self.value, self.history, self.index = arithmetic, value, history, index

    def _from(self, value: Real, *slopes: tuple[Number, Real]) -> Number:
        known = tuple((number.index, slope) for number, slope in slopes if number.index >= 0)
        return self.arithmetic._record(value, known) if known else Number(self.arithmetic, value, (), -1)

    def __add__(self, other: Number) -> Number:
        one = self.arithmetic.real.one
        return self._from(self.value + other.value, (self, one), (other, one))

    def __sub__(self, other: Number) -> Number:
        one = self.arithmetic.real.one
        return self._from(self.value - other.value, (self, one), (other, -one))

    def __mul__(self, other: Number) -> Number:
        return self._from(self.value * other.value, (self, other.value), (other, self.value))

    def __truediv__(self, other: Number) -> Number:
        quotient = self.value / other.value
        return self._from(quotient, (self, 1 / other.value), (other, -quotient / other.value))

    def detached(self) -> Number:
        """The same value as a constant."""
        return Number(self.arithmetic, self.value, (), -1)

    def sqrt(self) -> Number:
        root = self.arithmetic.real.sqrt(self.value)
        return self._from(root, (self, 1 / (2 * root)))

    def exp(self) -> Number:
        value = self.arithmetic.elementary("exp", self.value)
        return self._from(value, (self, value))

    def tanh(self) -> Number:
        value = self.arithmetic.elementary("tanh", self.value)
        return self._from(value, (self, 1 - value * value))

    def erf(self) -> Number:
        elementary, x = self.arithmetic.elementary, self.value
        slope = 2 * elementary("exp", -x * x) / self.arithmetic.real.sqrt(elementary("acos", -1))
        return self._from(elementary("erf", x), (self, slope))

    def power(self, exponent: int) -> Number:
        """The product of `exponent` factors; 1 for 0."""
        result = self.arithmetic.constant(1)
        for _ in range(exponent):
            result = result * self
        return result


def total(numbers: Sequence[Number]) -> Number:
    """The sum from left to right."""
    result = numbers[0]
    for number in numbers[1:]:
        result = result + number
    return result


Elementwise = Callable[[Number], Number]
