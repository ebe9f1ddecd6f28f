"""Integrated Gradients of a problem from the definition, in any precision."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.tools.vectors.arithmetic import Arithmetic, Real, total
from tests.tools.vectors.functions import Evaluation
from tests.tools.vectors.rules import Rule

Rows = list[list[Real]]
"""One flat list of numbers for each example."""


def flat(example: Sequence[Any]) -> list[Any]:
    """The elements of a list, or of the rows of a list of rows."""
    return [element for row in example for element in row] if isinstance(example[0], list) else list(example)


def shaped(elements: Sequence[Any], tokens: int) -> list[Any]:
    """The reverse of `flat`; `tokens` is the number of rows, or 0 for a list."""
    width = len(elements) // tokens if tokens else 0
    return [list(elements[i : i + width]) for i in range(0, len(elements), width)] if tokens else list(elements)


@dataclass(frozen=True)
class Path:
    """The straight path of each example, and F along it. A target None stands for the sum of all outputs."""

    arithmetic: Arithmetic
    function: Mapping[str, Any]
    inputs: Rows
    baselines: Rows
    targets: Sequence[int | None]
    tokens: int
    mistake: str | None = None
    _gradients: dict[Any, list[Real]] = field(default_factory=dict, init=False, compare=False)

    @classmethod
    def of(
        cls, problem: Mapping[str, Any], arithmetic: Arithmetic, factors: Callable[[int, int], Real] | None = None
    ) -> Path:
        """The path of a problem; coordinates are multiplied by factors(example, element), rounded once."""

        def end(examples: Sequence[Any]) -> Rows:
            rows = [flat(example) for example in examples]
            if factors is None:
                return [[arithmetic.round(element) for element in row] for row in rows]
            return [
                [arithmetic.round(element * factors(b, i)) for i, element in enumerate(row)]
                for b, row in enumerate(rows)
            ]

        inputs, baselines, target = problem["inputs"], problem["baselines"], problem["target"]
        targets = target if isinstance(target, list) else [target] * len(inputs)
        tokens = len(inputs[0]) if isinstance(inputs[0][0], list) else 0
        return cls(arithmetic, problem["function"], end(inputs), end(baselines), targets, tokens)

    def delta(self, example: int) -> list[Real]:
        """x − x' of one example."""
        return [x - start for x, start in zip(self.inputs[example], self.baselines[example], strict=True)]

    def value(self, example: int, point: Sequence[Real]) -> Real:
        """F at a point."""
        numbers = self._output(example, [self.arithmetic.constant(one) for one in point])
        return numbers.value

    def _output(self, example: int, numbers: Sequence[Any]) -> Any:
        outputs = Evaluation(self.arithmetic, self.mistake).outputs(self.function, shaped(numbers, self.tokens))
        target = self.targets[example]
        return total(outputs) if target is None else outputs[target]

    def gradient(self, example: int, node: Real) -> list[Real]:
        """∇F at x' + node · Δ."""
        node = self.arithmetic.round(node)
        if (example, node) not in self._gradients:
            point = [
                start + node * step for start, step in zip(self.baselines[example], self.delta(example), strict=True)
            ]
            numbers = [self.arithmetic.number(one) for one in point]
            output = self._output(example, numbers)
            self._gradients[example, node] = self.arithmetic.gradient(output, numbers)
        return self._gradients[example, node]

    def average_gradient(self, rule: Rule) -> Rows:
        """Σ_k w_k ∇F, step by step."""
        return [self._sum(example, rule, [self.arithmetic.real.one] * len(x)) for example, x in enumerate(self.inputs)]

    def attribution(self, rule: Rule) -> Rows:
        """Σ_k w_k ∇F ⊙ Δ, step by step."""
        return [self._sum(example, rule, self.delta(example)) for example in range(len(self.inputs))]

    def _sum(self, example: int, rule: Rule, factor: Sequence[Real]) -> list[Real]:
        result = [self.arithmetic.real.zero] * len(factor)
        for node, weight in rule:
            weight = self.arithmetic.round(weight)
            terms = [weight * (slope * f) for slope, f in zip(self.gradient(example, node), factor, strict=True)]
            result = [before + term for before, term in zip(result, terms, strict=True)]
        return result

    def magnitude(self, example: int, rule: Rule) -> Real:
        """Σ |terms| + |F(x)| + |F(x')|."""
        steps = self.delta(example)
        terms = (
            abs(weight * slope * step)
            for node, weight in rule
            for slope, step in zip(self.gradient(example, node), steps, strict=True)
        )
        return sum(terms) + sum(abs(self.value(example, end[example])) for end in (self.inputs, self.baselines))
