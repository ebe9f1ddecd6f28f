"""What is generated: Hypothesis strategies for problems. They make values; nothing here builds a model.

`problems()` and `tiny_models()` are for everyone who tests with Hypothesis, as `ig_conformance.strategies`.
"""

from strategies.models import tiny_models
from strategies.problems import problems

__all__ = ["problems", "tiny_models"]
