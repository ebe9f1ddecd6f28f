"""A share of the largest score in words."""

from __future__ import annotations


def of_largest(share: float) -> str:
    """For example "12.2% of the largest score", or "8.8 times the largest score"."""
    number = f"{share:.2g} times" if share >= 1 else f"{share:.1%} of" if share >= 1e-3 else f"{share:.1g} of"
    return f"{number} the largest score"
