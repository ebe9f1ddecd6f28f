"""The mistakes that people make with Integrated Gradients: one hypothesis each."""

from reference.check.mistakes import arguments, ends, examples, factors, outputs, reductions, rules, spaces
from reference.check.mistakes.mistake import HYPOTHESES, Given, Hypothesis, explained

__all__ = [
    "HYPOTHESES",
    "Given",
    "Hypothesis",
    "arguments",
    "ends",
    "examples",
    "explained",
    "factors",
    "outputs",
    "reductions",
    "rules",
    "spaces",
]
