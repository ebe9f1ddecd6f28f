"""Residual streams: where modules of a pre-norm decoder add to the sum that runs through it, and where they read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reference.models.family import Family


@dataclass(frozen=True)
class Stream:
    """Names of modules: `first` writes the embeddings, `blocks` have (reader, writer) pairs, `last` reads the sum."""

    first: str
    blocks: str
    inside: tuple[tuple[str, str], ...]
    last: str

    def writers(self, prefix: str, layers: int) -> list[str]:
        """The modules whose outputs are added up, in order."""
        return [writer for _, writer in self._in_order(prefix, layers) if writer]

    def edges(self, prefix: str, layers: int) -> list[tuple[str, str]]:
        """Each module that writes, with each later one that reads the sum."""
        written: list[str] = []
        found: list[tuple[str, str]] = []
        for reader, writer in self._in_order(prefix, layers):
            found += [(before, reader) for before in written if reader]
            written += [writer] if writer else []
        return found

    def _in_order(self, prefix: str, layers: int) -> Sequence[tuple[str, str]]:
        """Each module that reads (or empty), with the one that then writes (or empty)."""
        pairs = [
            (f"{prefix}{self.blocks}.{layer}.{reader}", f"{prefix}{self.blocks}.{layer}.{writer}")
            for layer in range(layers)
            for reader, writer in self.inside
        ]
        return [("", f"{prefix}{self.first}"), *pairs, (f"{prefix}{self.last}", "")]


STREAMS = {"gpt2": Stream("drop", "h", (("ln_1", "attn"), ("ln_2", "mlp")), "ln_f")}
"""By the name of a family."""


def has_stream(family: Family) -> bool:
    """Whether the modules of the family's residual stream are known here."""
    return family.name in STREAMS
