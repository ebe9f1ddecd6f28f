"""The functions of the vectors' format, on numbers of any precision. reference/vectors/README.md defines the format.

A value is a list of numbers, or a list of such rows (tokens). A mistake of the same name as a flag can be planted, so
that its effect on an attribution is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.tools.vectors.arithmetic import Arithmetic, Number, total

Value = Any
"""A list of numbers, or a list of rows."""

MISTAKES = {
    "GeluByTanh": "gelu",
    "EpsilonMissing": "layer_norm",
    "VarianceOverNMinusOne": "layer_norm",
    "NormDetached": "layer_norm",
    "AttentionDetached": "attention",
    "AttentionScaleMissing": "attention",
    "MaskIgnored": "attention",
    "ResidualMissing": "residual",
}
"""What an evaluator of functions can get wrong, and in which layer."""


def concerns(mistake: str, function: Mapping[str, Any]) -> bool:
    """Whether the function has a layer in which the mistake can be made."""
    return any(
        layer["layer"] == MISTAKES[mistake] or ("layers" in layer and concerns(mistake, layer))
        for layer in function["layers"]
    )


class Evaluation:
    """Evaluates functions in one arithmetic, right or with one mistake."""

    def __init__(self, arithmetic: Arithmetic, mistake: str | None = None) -> None:
        self.arithmetic, self.mistake = arithmetic, mistake

    def outputs(self, function: Mapping[str, Any], x: Value) -> list[Number]:
        """The outputs of the function at the input of one example."""
        return list(self._layers(function["layers"], x))

    def _layers(self, layers: Sequence[Mapping[str, Any]], x: Value) -> Value:
        for layer in layers:
            x = getattr(self, f"_{layer['layer']}")(layer, x)
        return x

    def _rows(self, function: Any, x: Value) -> Value:
        """The function of a list, of each row."""
        return [function(row) for row in x] if isinstance(x[0], list) else function(x)

    def _constants(self, values: Sequence[float]) -> list[Number]:
        return [self.arithmetic.constant(value) for value in values]

    def _affine(self, layer: Mapping[str, Any], x: Value) -> Value:
        weight = [self._constants(row) for row in layer["weight"]]
        bias = self._constants(layer["bias"])

        def of_row(row: list[Number]) -> list[Number]:
            return [
                total([w * element for w, element in zip(ws, row, strict=True)]) + b
                for ws, b in zip(weight, bias, strict=True)
            ]

        return self._rows(of_row, x)

    def _tanh(self, layer: Mapping[str, Any], x: Value) -> Value:
        return self._rows(lambda row: [element.tanh() for element in row], x)

    def _gelu(self, layer: Mapping[str, Any], x: Value) -> Value:
        half, one, real = self.arithmetic.constant(0.5), self.arithmetic.constant(1), self.arithmetic.real
        root_of_half = self.arithmetic.constant(real.sqrt(self.arithmetic.round(0.5)))

        def exact(element: Number) -> Number:
            return half * element * (one + (element * root_of_half).erf())

        slope = self.arithmetic.constant(real.sqrt(2 / self.arithmetic.elementary("acos", -1)))
        cubic = self.arithmetic.constant(0.044715)

        def by_tanh(element: Number) -> Number:
            return half * element * (one + (slope * (element + cubic * element.power(3))).tanh())

        gelu = by_tanh if self.mistake == "GeluByTanh" else exact
        return self._rows(lambda row: [gelu(element) for element in row], x)

    def _softmax(self, layer: Mapping[str, Any], x: Value) -> Value:
        return self._rows(self._softmax_of, x)

    def _softmax_of(self, row: list[Number]) -> list[Number]:
        largest = max(row, key=lambda element: element.value).detached()
        powers = [(element - largest).exp() for element in row]
        whole = total(powers)
        return [power / whole for power in powers]

    def _layer_norm(self, layer: Mapping[str, Any], x: Value) -> Value:
        gain, shift = self._constants(layer["gain"]), self._constants(layer["shift"])
        epsilon = self.arithmetic.constant(0 if self.mistake == "EpsilonMissing" else layer["epsilon"])

        def of_row(row: list[Number]) -> list[Number]:
            size = self.arithmetic.constant(len(row))
            mean = total(row) / size
            if self.mistake == "VarianceOverNMinusOne":
                size = self.arithmetic.constant(len(row) - 1)
            spread = (total([(element - mean).power(2) for element in row]) / size + epsilon).sqrt()
            if self.mistake == "NormDetached":
                mean, spread = mean.detached(), spread.detached()
            return [(element - mean) / spread * g + s for element, g, s in zip(row, gain, shift, strict=True)]

        return self._rows(of_row, x)

    def _attention(self, layer: Mapping[str, Any], x: Value) -> Value:
        query, key, value = (self._affine(layer[name], x) for name in ("query", "key", "value"))
        width = len(query[0]) // layer["heads"]
        scale = self.arithmetic.constant(1 if self.mistake == "AttentionScaleMissing" else width)
        heads = [range(first, first + width) for first in range(0, len(query[0]), width)]
        mask = layer.get("mask", [1] * len(x))
        seen = [k for k in range(len(x)) if mask[k] or self.mistake == "MaskIgnored"]
        mixed = []
        for q in query:
            row = []
            for head in heads:
                scores = [total([q[i] * key[k][i] for i in head]) / scale.sqrt() for k in seen]
                weights = self._softmax_of(scores)
                if self.mistake == "AttentionDetached":
                    weights = [weight.detached() for weight in weights]
                row += [total([w * value[k][i] for w, k in zip(weights, seen, strict=True)]) for i in head]
            mixed.append(row)
        return self._affine(layer["output"], mixed)

    def _residual(self, layer: Mapping[str, Any], x: Value) -> Value:
        inner = self._layers(layer["layers"], x)
        if self.mistake == "ResidualMissing":
            return inner
        if isinstance(x[0], list):
            return [[a + b for a, b in zip(*rows, strict=True)] for rows in zip(x, inner, strict=True)]
        return [a + b for a, b in zip(x, inner, strict=True)]

    def _token(self, layer: Mapping[str, Any], x: Value) -> Value:
        return x[layer["index"]]

    def _polynomial(self, layer: Mapping[str, Any], x: Value) -> Value:
        return [total([self._monomial(term, x) for term in terms]) for terms in layer["outputs"]]

    def _monomial(self, term: Mapping[str, Any], x: list[Number]) -> Number:
        product = self.arithmetic.constant(term["coefficient"])
        for element, power in zip(x, term["powers"], strict=True):
            product = product * element.power(power)
        return product
