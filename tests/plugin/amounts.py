"""How many problems a law gets in a run: most where most options meet, fewer where a law looks at one option alone.

`any_input_call` and `any_layer_call` draw whole calls, and a law on one option follows from them for small nets. A law
that expects an error needs fewest: the call is wrong whatever the model is. Most of these are tried with each method,
so together they still get more problems than a corollary. In a nightly run all primary laws get the same number.
"""

from __future__ import annotations

from hypothesis import settings

from reference.laws import Law

FULL = 50
"""Problems of the default profile: those of a law of the rule, of whole calls, or without a method."""

WHOLE = ("any_input_call", "any_layer_call")
"""The laws of whole calls."""

OFTEN_FAILED = ("length_first_output",)
"""A law that captum passes on one Gauss–Legendre step alone: with fewer problems, too few would inform it."""

ON_ONE_OPTION, ON_AN_ERROR, OF_A_COROLLARY, OF_A_FAILED = 0.2, 0.2, 0.3, 0.4
"""The shares of the others."""

LEAST = 10
"""No share is less, unless the profile has fewer: a law needs ten informative problems."""


def problems_of(law: Law) -> int:
    """The law's problems in the current profile: with each method, if the law is tried with each."""
    full = settings().max_examples
    return min(full, max(LEAST, round(share_of(law, full) * full)))


def share_of(law: Law, full: int) -> float:
    """The law's share of the problems of a profile."""
    if not law.primary:
        return OF_A_COROLLARY
    if full > FULL:
        return 1.0
    if law.costly or law.group == "errors":
        return ON_AN_ERROR
    if law.name in OFTEN_FAILED:
        return OF_A_FAILED
    if law.name in WHOLE or law.group == "rule" or not law.by_method:
        return 1.0
    return ON_ONE_OPTION
