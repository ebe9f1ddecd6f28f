"""Which law needs which problems: a law names its domain, a domain is a strategy for one method (or any).

The domain is part of the law: where a statement needs a smooth path, a bent one or token ids at both ends, the
problems have them by construction, and nothing is filtered away in silence.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from reference.laws import Law
from reference.problem import Problem
from strategies.models import SMOOTH_ACTIVATIONS, shapes, tiny_berts
from strategies.problems import problems, rule_problems

Domain = Callable[[str | None], st.SearchStrategy[Problem]]

SMOOTH = st.sampled_from(SMOOTH_ACTIVATIONS)

WIDE = tiny_berts(hidden_and_heads=shapes(fewest_units=5), activations=SMOOTH)
"""From five units on, a random path misses the point where a LayerNorm's input has no spread (its codimension is 4)."""

DAMPED = tiny_berts(activations=SMOOTH, epsilons=st.sampled_from((1e-2, 0.1)))
"""With a large eps the LayerNorm is smooth on the scale of a quadrature panel, whatever the path."""


def smooth(method: str | None) -> st.SearchStrategy[Problem]:
    """The path integral converges: smooth activations, and no LayerNorm close to its singularity."""
    return problems(method=method, models=WIDE | DAMPED, longest=8)


def bent(method: str | None) -> st.SearchStrategy[Problem]:
    """One example in which at least two tokens differ from their baseline, none hidden, in float64: a bend can show."""

    def moves_two(problem: Problem) -> bool:
        pairs = zip(problem.data.ids[0], problem.data.baseline[0], strict=True)
        return sum(bool(own != other) for own, other in pairs) >= 2

    double = st.just("float64")
    found = problems(method=method, shortest=2, most_examples=1, vectors=False, masked=False, dtypes=double)
    return found.filter(moves_two)


DOMAINS: dict[str, Domain] = {
    "rule": lambda method: rule_problems(method=method),
    "tokens": lambda method: problems(method=method),
    "ids": lambda method: problems(method=method, vectors=False),
    "smooth": smooth,
    "bent": bent,
    "short": lambda method: problems(method=method, most_steps=8, longest=6),
    "affine": lambda method: problems(
        method=method, models=tiny_berts(variants=st.just("affine_embedding_norm")), vectors=False
    ),
    "joint": lambda method: problems(method=method, vectors=False, joint=True),
}


def problems_for(law: Law, method: str | None = None) -> st.SearchStrategy[Problem]:
    """The problems that `law` speaks of, all of one method where one is named."""
    return DOMAINS[law.domain](method)
