"""All that the command found out, for the terminal, for JSON and for the page."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from reference.check.command.columns import Column
from reference.check.command.objective import Objective
from reference.check.command.text import Encoded
from reference.check.integral import cached_rule
from reference.check.result import CheckResult, Verdict
from reference.models.directory import Loaded

CAPTUM = 50
"""The steps that Captum takes unless it is told a number."""


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The columns of a text with F at both ends, and the verdict on the user's own scores (length,) if there are any.

    `difference` says how the model by inputs_embeds differs from the model by ids, or is None. `answer` is the verdict
    with the name of the column that the scores were compared with; `n_steps` and `method` are the user's.
    """

    loaded: Loaded
    encoded: Encoded
    objective: Objective
    columns: tuple[Column, ...]
    ends: tuple[float, float]
    difference: str | None
    remarks: tuple[str, ...]
    accuracy: float
    method: str
    n_steps: int
    given: Tensor | None = None
    answer: tuple[str, CheckResult] | None = None

    @property
    def best(self) -> Column:
        """The column to use: LIG at the word table, or IG on inputs_embeds if there is no such column."""
        return next((column for column in self.columns if column.name == "LIG word table"), self.columns[0])

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        column = self.best
        if self.answer is not None:
            return f"Your scores are {_of_scores(self.answer[1].verdict)}."
        integral = column.integral
        if integral.jump and not integral.converged:
            return f"No number of steps is enough with this baseline: F jumps at α ≈ {integral.trouble:.3g}."
        share = float((integral.error / integral.scale).max())
        first = int(column.scores.abs().argmax())
        score = f"{float(column.scores[first]):+.4g} of the change {self.ends[0] - self.ends[1]:+.4g}"
        tokens = self.encoded.tokens
        which = f" (token {first})" if tokens.count(tokens[first]) > 1 else ""
        largest = f"{tokens[first]!r}{which} has the largest score, {score}"
        if not integral.converged:
            converged = f"not converged up to {integral.nodes} nodes"
            return f"{largest}. But scores are known to {share:.1%} of {self._scale} only: {converged}."
        return f"{largest}. All scores are known to {max(share, 1e-6):.1g} of {self._scale}."

    @property
    def _scale(self) -> str:
        """What errors are a share of: the larger one of the change and the largest score."""
        largest = float(self.best.integral.scores.abs().max())
        return "the change" if abs(self.ends[0] - self.ends[1]) >= largest else "the largest score"

    def next_steps(self) -> list[str]:
        """What to do next."""
        found = []
        column, integral = self.best, self.best.integral
        if self.answer is not None:
            name, result = self.answer
            found += [f"{mistake.name}: {mistake.sentence}" for mistake in result.mistakes]
            if result.verdict is Verdict.WRONG:
                also = "" if result.mistakes else "No known mistake explains them. "
                found.append(f"{also}Compute the scores with the call below, and compare.")
            elif result.verdict is Verdict.NOT_CONVERGED:
                found.append(f"Use more steps: {result.steps}.")
            elif result.verdict is Verdict.RIGHT:
                found.append(f"Nothing: they are the scores of {name}.")
        if self.difference is not None and column is not self.columns[0]:
            found.append(f"Use LIG at the word table, not IG on inputs_embeds: {self.difference}")
        if integral.jump and not integral.converged:
            found.append("Use another baseline, made of real tokens: --baseline mask, or --baseline with a text.")
        elif not integral.converged:
            found.append(
                "Read only the ranks that are certain; another baseline (--baseline) may bend the path less. "
                f"The largest error is near α ≈ {integral.trouble:.3g}."
            )
        elif column.n_steps is not None:
            found.append(f"Use {column.name} with n_steps={column.n_steps}: the call below does.{self._of_captum()}")
        else:
            found.append(
                "No number of steps up to 1000 is enough for gausslegendre: use --accuracy 0.01, if that will do."
            )
        if not all(column.certain()):
            unsure = column.certain().count(False)
            found.append(f"Do not order the {unsure} tokens whose rank is marked “?”: their error bars touch.")
        return found

    def _of_captum(self) -> str:
        """What Captum's default would do, if it is too little."""
        missed = float(self.best.integral.misses(cached_rule("gausslegendre", CAPTUM)).max())
        return (
            ""
            if missed <= self.accuracy
            else f" Captum's default of {CAPTUM} steps misses {missed:.1%} of {self._scale}."
        )


def _of_scores(verdict: Verdict) -> str:
    return {Verdict.ANOTHER_FUNCTION: "those of another function than your model"}.get(verdict, verdict.value)
