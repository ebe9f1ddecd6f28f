"""EAP-IG of TransformerLens as a subject: not offered yet. It is announced for version 4."""

from __future__ import annotations

from importlib.metadata import version

import transformer_lens  # noqa: F401  the run says so if it is not installed

ANNOUNCED = 4


class NotOfferedYet(RuntimeError):
    """The tool does not have what the laws are about."""


class TransformerLens:
    """Raises an error until there is something to call."""

    distribution = "transformer-lens"

    def __init__(self) -> None:
        """Raises   NotOfferedYet, with what to do once the announced version is installed."""
        number = version("transformer-lens")
        if int(number.partition(".")[0]) < ANNOUNCED:
            raise NotOfferedYet(f"TransformerLens {number} has no EAP-IG of its own; it is announced for {ANNOUNCED}")
        raise NotOfferedYet(f"TransformerLens {number} may have EAP-IG: write its calls into this adapter")


SUBJECT = TransformerLens
