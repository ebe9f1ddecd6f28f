"""The mistakes that people make with Integrated Gradients: one hypothesis each."""

from reference.check.mistakes import arguments, ends, examples, factors, outputs, parts, reductions, rules, spaces
from reference.check.mistakes.candidate import Candidate
from reference.check.mistakes.given import Given
from reference.check.mistakes.mistake import HYPOTHESES, Explanation, Hypothesis, explained

__all__ = [
    "HYPOTHESES",
    "Candidate",
    "Explanation",
    "Given",
    "Hypothesis",
    "arguments",
    "ends",
    "examples",
    "explained",
    "factors",
    "outputs",
    "parts",
    "reductions",
    "rules",
    "spaces",
]
