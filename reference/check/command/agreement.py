"""In words, all from the figures of the columns: which must agree, which need not and why, and what each adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reference.check.command import two_tables
from reference.check.command.columns import Column
from reference.check.command.shares import of_largest

WORDS = (
    "Use LIG at the word table (or IG on inputs_embeds) to ask which words matter: positions and token types are fixed."
)
VECTORS = (
    "Use LIG at the embeddings to ask about the vectors that enter the first layer, or to compare with deeper layers."
)


@dataclass(frozen=True)
class Agreement:
    """The columns, F at both ends by the model of the ids, and how the model by inputs_embeds differs, or None.

    `other_baseline` is the option to try if the path does not start at F(x').
    """

    columns: Sequence[Column]
    ends: tuple[float, float]
    difference: str | None
    other_baseline: str

    def starts_elsewhere(self, column: Column) -> bool:
        """Whether the column's path starts at another value of F than F(x'): its total is another change then."""
        return abs(column.start - self.ends[1]) > column.rounding

    @property
    def agree(self) -> bool:
        """Whether the first two columns are equal within their errors."""
        own, table = self.columns[:2]
        return bool(((own.scores - table.scores).abs() <= own.error + table.error).all())

    @property
    def cause(self) -> str:
        """What the model makes of the ids of the baseline, as far as it is known."""
        known = (self.difference or "").partition("(example 0): ")[2]
        return known or "positions, a mask, or the last token are made from the ids"

    def start(self, column: Column) -> str | None:
        """Why the scores of a column do not add up to F(x) − F(x'), and what to do; None if they do."""
        if not self.starts_elsewhere(column):
            return None
        end, start = self.ends
        return (
            f"The scores of {column.name} add up to {column.end - column.start:+.6g}, not to F(x) − F(x') = "
            f"{end - start:+.6g}: F is {column.start:.6g} at the start of its path, but {start:.6g} for the ids of the "
            f"baseline. The path keeps what the model makes of the ids of the text; with the ids of the baseline, "
            f"{self.cause}. Use {self.other_baseline}."
        )

    def lines(self) -> list[str]:
        """The sentences below the table."""
        by_name = {column.name: column for column in self.columns}
        if two_tables.NAME in by_name:
            return [two_tables.WHY]
        table = by_name.get("LIG word table")
        found = [] if table is None else [self._first_two(by_name["IG inputs_embeds"], table)]
        reference = table or self.columns[0]
        found += [self._other(one, reference) for one in self.columns if one.module is not None and one is not table]
        return [*found, f"{WORDS} {VECTORS}" if "LIG embeddings" in by_name else WORDS]

    def _first_two(self, own: Column, table: Column) -> str:
        apart = float((own.scores - table.scores).abs().max())
        measured = f"(largest difference {apart:.2g}, errors up to {float((own.error + table.error).max()):.2g})"
        both = "IG on inputs_embeds and LIG at the word table"
        if self.difference is None:
            return f"{both} must agree: they {'do' if self.agree else 'DO NOT'} {measured}."
        if self.agree:
            return f"{both} agree {measured}."
        return (
            f"{both} need not agree here {measured}, because the model by inputs_embeds is another function than the "
            f"model by ids. {self.difference}. Use {self.other_baseline}."
        )

    def _other(self, column: Column, reference: Column) -> str:
        if not bool((column.scores != 0).any()):
            return f"{column.name} is 0: {column.module} returns the same for the text and for the baseline."
        apart = float((column.scores - reference.scores).abs().max())
        share = of_largest(apart / reference.largest)
        starts = ""
        if abs(column.start - reference.start) > column.rounding + reference.rounding:
            starts = f", and its path starts at F = {column.start:.6g} instead of {reference.start:.6g}"
        return (
            f"{column.name} need not agree with {reference.name}: it follows a straight line after {column.module}, "
            f"for example after its LayerNorm{starts}. Largest difference {apart:.2g}, {share}."
        )
