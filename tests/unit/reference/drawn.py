"""What the tests of the oracle draw: small problems, and points at which arithmetic is exact."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from reference.built_problem import BuiltProblem, Layer
from reference.oracle.path import Path, input_path, layer_paths
from reference.problem import Target
from strategies.problems import problems

FEW = max(6, settings().max_examples // 8)
"""A drawn problem is built once or twice, and looked at from every place: a fifth of what a law gets."""

few = settings(max_examples=FEW)

SMALL = problems(most_steps=6, longest=4, most_examples=3, dtypes=st.sampled_from(("float64", "float32")))

eighths = st.integers(-32, 32).map(lambda n: Fraction(n, 8))
vectors = st.tuples(*[eighths] * 3)
steps = st.integers(2, 12)


def path_at(built: BuiltProblem, place: Layer | None, target: Target) -> Path:
    """The straight path of LIG at `place`, or of IG on the word embeddings where there is none."""
    return layer_paths(built, [place], target)[place] if place else input_path(built, target)
