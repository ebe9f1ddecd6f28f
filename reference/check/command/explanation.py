"""All that the command found out, for the terminal, for JSON and for the page."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from reference.check.command.agreement import Agreement
from reference.check.command.answer import Answer
from reference.check.command.columns import Column
from reference.check.command.objective import Objective
from reference.check.command.shares import of_largest
from reference.check.command.text import Encoded
from reference.check.integral import cached_rule
from reference.check.question import CAPTUM
from reference.check.result import Verdict
from reference.models.directory import Loaded


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """The columns of a text with F at both ends, and the verdict on the user's own scores (length,) if there are any.

    `difference` says how the model by inputs_embeds differs from the model by ids, or is None. `answer` is the verdict
    with the name of the column that the scores were compared with. `n_steps` and `method` are the user's.
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
    answer: Answer | None = None

    @property
    def best(self) -> Column:
        """The column to use: LIG at the word table, or IG on inputs_embeds if there is no such column."""
        return next((column for column in self.columns if column.name == "LIG word table"), self.columns[0])

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        column = self.best
        if self.answer is not None:
            return f"Your scores {SCORES[self.answer.result.verdict]}{_whose(self.answer)}."
        integral = column.integral
        if integral.jump and not integral.converged:
            return f"No number of steps is enough with this baseline: F jumps at α ≈ {integral.trouble:.3g}."
        first = int(column.scores.abs().argmax())
        tokens = self.encoded.tokens
        which = f" (token {first})" if tokens.count(tokens[first]) > 1 else ""
        size = " in size" if float(column.scores[first]) < 0 else ""
        largest = f"{tokens[first]!r}{which} {'has' if column.certain()[first] else 'may have'} the largest score{size}"
        known = f"±{column.worst:.1g}{'' if column.share <= self.accuracy else ' only'}, {of_largest(column.share)}"
        nodes = "" if integral.converged else f" (not converged up to {integral.nodes} nodes)"
        return (
            f"{largest}, {float(column.scores[first]):+.4g}; F changes by {column.end - column.start:+.4g}. "
            f"Every score is known to {known}{nodes}."
        )

    @property
    def agreement(self) -> Agreement:
        """Which columns agree, and what they add up to."""
        mask = self.loaded.tokenizer.mask_token is not None and self.encoded.named != "MASK"
        other = "--baseline mask" if mask else "a --baseline of real tokens, as a text"
        return Agreement(self.columns, self.ends, self.difference, other)

    def next_steps(self) -> list[str]:
        """What to do next."""
        found = []
        column, integral = self.best, self.best.integral
        if self.answer is not None:
            result, elsewhere = self.answer.result, self.answer.elsewhere
            found += [f"{mistake}{self._of_forward(mistake.sentence)}" for mistake in result.mistakes]
            if elsewhere is not None:
                found.append(f"Without --layer, the answer is: your scores {SCORES[elsewhere.result.verdict]}.")
            elif result.verdict is Verdict.WRONG:
                if not result.mistakes:
                    found.append("No known mistake explains them.")
                    found += [f"{one[0].upper()}{one[1:]}." for one in result.remarks if one.startswith(UNTOLD)]
                found.append("Compute the scores with the call below, and compare.")
            elif result.verdict is Verdict.NOT_CONVERGED:
                what = "Use more steps" if result.n_steps is not None else "No number of steps is known to be enough"
                found.append(f"{what}: {result.steps}.")
            elif result.verdict is Verdict.RIGHT:
                found.append("Your scores need no change.")
            elif result.verdict is Verdict.CANNOT_BE_JUDGED:
                found.append(f"Why not: {result.why}.")
        if self.difference is not None and column is not self.columns[0] and not self.agreement.agree:
            found.append(f"Use LIG at the word table, not IG on inputs_embeds: {self.difference}")
        if (other := self.agreement.start(column)) is not None:
            found.append(other)
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
            found.append(f"No number of steps up to 1000 is enough for gausslegendre: {self._coarser()}.")
        if column.rounding > self.accuracy * column.largest:
            dtype = next(one.dtype for one in self.loaded.model.parameters() if one.is_floating_point())
            wider = (
                "" if dtype in (torch.float32, torch.float64) else "; model.float() in the call below makes it smaller"
            )
            named = str(dtype).removeprefix("torch.")
            found.append(f"Rounding in {named} may change a score by {column.rounding:.1g}{wider}.")
        if not all(column.certain()):
            unsure = column.certain().count(False)
            found.append(f"Do not order the {unsure} tokens whose rank is marked “?”: their error bars touch.")
        return found

    def _of_forward(self, sentence: str) -> str:
        """What "forward" is here, if the sentence of a mistake names it."""
        if "what forward returns" not in sentence:
            return ""
        returned = "logits" if self.loaded.kind == "classifier" else "log probabilities"
        return f". Here forward returns {returned}: your scores explain another number than {self.objective.words}"

    def _coarser(self) -> str:
        """The accuracy that can be reached, or what to do if there is none."""
        reached = self.best.reached(self.accuracy)
        if reached is None:
            return "another baseline (--baseline) may bend the path less"
        accuracy, n_steps = reached
        steps = "1 step reaches" if n_steps == 1 else f"{n_steps} steps reach"
        return f"use --accuracy {accuracy:g}, which {steps}, if this is enough"

    def _of_captum(self) -> str:
        """What Captum's default would do, if it is too little."""
        integral = self.best.integral
        missed = float(integral.misses(cached_rule("gausslegendre", CAPTUM)).max())
        if missed <= self.accuracy:
            return ""
        share = missed * float(integral.scale.max()) / self.best.largest
        return f" Captum's default of {CAPTUM} steps misses a score, or their total, by {of_largest(share)}."


def _whose(answer: Answer) -> str:
    """Which scores they are, if they are those of a column."""
    if answer.elsewhere is not None:
        return f": {answer.result.why}"
    return f": they are the scores of {answer.whose}" if answer.fits else ""


UNTOLD = "without --"
"""So begins the remark on a rule that was not told."""

SCORES = {
    Verdict.RIGHT: "are right",
    Verdict.NOT_CONVERGED: "are right to rounding but not converged",
    Verdict.WRONG: "are wrong",
    Verdict.ANOTHER_FUNCTION: "are those of another function than your model",
    Verdict.CANNOT_BE_JUDGED: "cannot be judged",
}
"""What a verdict says of scores."""
