"""How many problems a law gets in a run: most where most options meet, fewer where a law looks at one option alone.

`any_input_call` and `any_layer_call` draw whole calls, and a law on one option follows from them for small nets. A law
that expects an error needs no more: the call is wrong whatever the model is. Most of these are tried with each method,
so together they still get more problems than a corollary. In a nightly run all primary laws get the same number.
"""

from __future__ import annotations

from hypothesis import settings

from reference.laws import Law
from reference.oracle.quadrature import METHODS

FULL = 50
"""Problems of the default profile: those of a law of whole calls, or without a method."""

WHOLE = ("any_input_call", "any_layer_call")
"""The laws of whole calls."""

MORE = {
    "length_first_output": 0.4,
    "structured_output": 0.4,
    "broadcast_baseline": 0.2,
    "layers_are_modules": 0.2,
    "input_among_others": 0.4,
    "graph_independent_of_chunks": 0.2,
    "other_targets": 0.3,
    "model_unchanged": 0.3,
}
"""The shares of laws that need more than others on one option. The first six fail as known on many problems of captum:
with fewer problems, too few would inform them. One search of nine missed a planted fault of the last two.
"""

ON_ONE_OPTION, OF_A_RULE, OF_A_COROLLARY, OF_A_COSTLY_ONE = 0.1, 0.4, 0.3, 0.24
"""The shares of the others. What an error names is one option, too."""

LEAST, LEAST_OF_A_METHOD = 10, 5
"""No share is less, unless the profile has fewer: a law needs ten informative problems, with all methods together."""


def problems_of(law: Law, full: int | None = None) -> int:
    """The law's problems in the current profile, or in one of that size: with each method, if each has a test."""
    full = settings().max_examples if full is None else full
    least = LEAST_OF_A_METHOD if by_method(law) else LEAST
    return min(full, max(least, round(share_of(law, full) * full)))


def problems_in_all(law: Law, full: int | None = None) -> int:
    """The law's problems, with all methods together."""
    return problems_of(law, full) * (len(METHODS) if by_method(law) else 1)


def by_method(law: Law) -> bool:
    """Whether each method has a test of its own."""
    return law.primary and law.by_method


def share_of(law: Law, full: int) -> float:
    """The law's share of the problems of a profile."""
    if full > FULL:
        return 1.0 if law.primary else OF_A_COROLLARY
    if not law.primary:
        return OF_A_COSTLY_ONE if law.costly else OF_A_COROLLARY
    if law.name in MORE:
        return MORE[law.name]
    if law.group == "rule":
        return OF_A_RULE
    if law.name in WHOLE or not (law.by_method or law.costly):
        return 1.0
    return ON_ONE_OPTION
