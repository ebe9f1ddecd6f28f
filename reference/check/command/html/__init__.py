"""The answer of the command as one HTML file: no network, no script, readable without colour, light and dark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
from markupsafe import Markup
from torch import Tensor

from reference.check.command import report
from reference.check.command.explanation import Explanation
from reference.check.command.html import charts
from reference.check.command.html.bend import largest_bend
from reference.html.templates import templates

ALL_ROWS, MOST_ROWS = 64, 40
"""A text of at most ALL_ROWS tokens has one table; a longer one has a table of the MOST_ROWS largest scores before."""

RANKED = 9
"""The ranks that are written beside the tokens of the text."""


@dataclass(frozen=True)
class Score:
    """A token's score in one column: its error, its rank by size (0: none), and its part of the largest score."""

    value: float
    error: float | None
    rank: int
    certain: bool
    part: float
    signed: bool

    @property
    def text(self) -> str:
        return "NaN" if math.isnan(self.value) else f"{self.value:+.5f}" if self.value else "0"

    @property
    def error_text(self) -> str:
        return "" if self.error is None or not self.value else f"± {self.error:.1g}"

    @property
    def rank_text(self) -> str:
        """The rank, with a question mark if it is not certain."""
        return f"{self.rank}{'' if self.certain else '?'}" if self.rank else ""

    @property
    def zero(self) -> float:
        """Where 0 is, if the picture of the bar is 200 wide: at the left if no score of the column is below 0."""
        return 100.0 if self.signed else 1.0

    @property
    def bar(self) -> tuple[float, float, float, float]:
        """Left end and width of the bar, and both ends of the error bar."""
        longest = 199 - self.zero
        width = longest * self.part
        half = 0.0 if not self.error or not self.value else width * self.error / abs(self.value)
        end = self.zero + math.copysign(width, self.value)
        return min(self.zero, end), width, max(0.0, end - half), min(200.0, end + half)


def page(explanation: Explanation) -> str:
    """The whole file as text."""
    columns = {column.name: _scores(column.scores, column.error, column.certain()) for column in explanation.columns}
    if explanation.given is not None:
        columns["your scores"] = _scores(explanation.given, None, (True,) * explanation.encoded.length)
    rows = list(zip(explanation.encoded.tokens, *columns.values(), strict=True))
    used = list(columns).index(explanation.best.name) + 1
    first = sorted(range(len(rows)), key=lambda place: -rows[place][used].part)
    if len(rows) > ALL_ROWS:
        first = first[:MOST_ROWS]
    column, bend = explanation.best, largest_bend(explanation)
    return (
        templates(Path(__file__).parent)
        .get_template("check.html.j2")
        .render(
            explanation=explanation,
            result=None if explanation.answer is None else explanation.answer.result,
            columns=columns,
            rows=rows,
            largest=[rows[place] for place in sorted(first)],
            ranked=RANKED,
            words=report.words(explanation.encoded, explanation.columns),
            agreement=explanation.agreement.lines(),
            steps=report.steps(explanation.columns, explanation.accuracy),
            path=Markup(charts.along_the_path(column.integral)),
            steepest=charts.steepest(column.integral),
            convergence=Markup(charts.convergence(column, explanation.accuracy, explanation.n_steps)),
            bend=bend,
            plane=None if bend is None else Markup(charts.plane(bend)),
            call=report.recommended(
                explanation.loaded, explanation.encoded, explanation.objective, explanation.columns
            ),
        )
    )


def _scores(values: Tensor, errors: Tensor | None, certain: tuple[bool, ...]) -> list[Score]:
    sizes = values.abs().nan_to_num(nan=0.0)
    largest = float(sizes.max()) or 1.0
    ranks = torch.empty_like(sizes, dtype=torch.long)
    ranks[sizes.argsort(descending=True)] = torch.arange(1, len(sizes) + 1)
    return [
        Score(
            value=float(values[place]),
            error=None if errors is None else float(errors[place]),
            rank=int(ranks[place]) if float(sizes[place]) > 0 else 0,
            certain=certain[place],
            part=float(sizes[place]) / largest,
            signed=bool((values < 0).any()),
        )
        for place in range(len(values))
    ]
