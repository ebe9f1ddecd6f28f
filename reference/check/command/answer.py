"""The verdict on the user's scores: which column they are, and whether they are right there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor, nn

from reference.check.command.columns import Column
from reference.check.command.text import Encoded
from reference.check.integral import cached_rule
from reference.check.judgement import judged
from reference.check.numbers import Numbers
from reference.check.question import CAPTUM, Question
from reference.check.result import CheckResult, Verdict
from reference.check.same_function import without_advice
from reference.check.sides import Side

CLOSE = 1e-2
"""Scores farther from a rule than this share of the largest are not compared with the rule: it takes the model."""

RIGHT_TO_ROUNDING = (Verdict.RIGHT, Verdict.NOT_CONVERGED)

CANNOT_TELL = 3
"""The rank of scores that are right to rounding, but rounding is too large."""


@dataclass(frozen=True)
class Answer:
    """The verdict with the column that the scores were compared with. `names` are all columns of this function.

    `elsewhere` is the answer for another column that has these scores, if the user named a layer whose scores differ.
    """

    column: str
    result: CheckResult
    names: tuple[str, ...] = ()
    elsewhere: Answer | None = None

    @property
    def fits(self) -> bool:
        """Whether the scores are right to rounding."""
        return self.result.verdict in RIGHT_TO_ROUNDING

    @property
    def whose(self) -> str:
        """The names in words."""
        return " and ".join(self.names or (self.column,))

    @property
    def rank(self) -> int:
        """How well the scores fit, 0 for the best: scores that are right to rounding beat every mistake."""
        result = self.result
        if result.verdict in RIGHT_TO_ROUNDING:
            return RIGHT_TO_ROUNDING.index(result.verdict)
        if result.verdict is Verdict.ANOTHER_FUNCTION:
            return 2  # right to rounding, but for a function that is not the model's
        if result.verdict is Verdict.CANNOT_BE_JUDGED:
            return CANNOT_TELL if result.worst is not None else 5  # right to rounding if there is a worst error
        return 4 if result.mistakes else 6


@dataclass(frozen=True)
class Scores:
    """The user's scores (1, length), half a unit of their last digit, and the rule, if the user named it."""

    values: Tensor
    resolution: float
    method: str | None = None
    n_steps: int | None = None

    def off(self, column: Column, method: str, n_steps: int) -> float:
        """The largest difference from the rule, as a share of the column's largest score. The model does not run."""
        by_rule = column.integral.of_rule(cached_rule(method, n_steps))
        return float((self.values - by_rule).abs().max()) / (column.largest or 1.0)

    def nearest(self, column: Column) -> float:
        """The same for the rule that fits best: the named or assumed one, or the one that the command recommends."""
        return min(self.off(column, *one) for one in (self.assumed, *self.recommended(column)))

    @property
    def assumed(self) -> tuple[str, int]:
        """The rule that the check assumes if the user names none."""
        return self.method or "gausslegendre", CAPTUM if self.n_steps is None else self.n_steps

    def recommended(self, column: Column) -> list[tuple[str, int]]:
        """The rule of the recommended call, if it may be the rule of the scores."""
        one = ("gausslegendre", column.recommended)
        possible = self.n_steps is None and self.method in (None, one[0]) and one != self.assumed
        return [one] if possible and self.off(column, *one) <= self.close(column) else []

    def close(self, column: Column) -> float:
        """How far scores of a column may be off, as a share of its largest score."""
        return CLOSE + self.resolution / (column.largest or 1.0)


def answered(
    scores: Scores,
    columns: Sequence[Column],
    model: nn.Module,
    encoded: Encoded,
    accuracy: float,
    layer: str | None = None,
) -> Answer:
    """The verdict for the column that the scores fit best: right for any column is right.

    If the user named a layer, the scores must be those of the layer.
    """
    asked = [column for column in columns if layer is not None and column.module == layer]
    first = _best(scores, asked or columns, columns, model, encoded, accuracy)
    others = [column for column in columns if column.module != layer]
    if not asked or not others or first.rank <= CANNOT_TELL:
        return first
    other = _best(scores, others, columns, model, encoded, accuracy)
    if not other.fits:
        return min(first, other, key=lambda answer: answer.rank)
    why = f"they are the scores of {other.whose}, not of {first.column}"
    return replace(first, result=replace(first.result, verdict=Verdict.WRONG, why=why), elsewhere=other)


def _best(
    scores: Scores,
    some: Sequence[Column],
    columns: Sequence[Column],
    model: nn.Module,
    encoded: Encoded,
    accuracy: float,
) -> Answer:
    """The best answer of some columns. The nearest column is judged first, and comes first among equals."""
    found: list[Answer] = []
    for column in sorted(some, key=scores.nearest):
        if any(one.fits for one in found) and scores.nearest(column) > scores.close(column):
            break
        names = tuple(one.name for one in columns if one.integral is column.integral)
        answer = Answer(column.name, _of(scores, column, model, encoded, accuracy), names)
        if answer.result.verdict is Verdict.RIGHT:
            return answer
        found.append(answer)
    return min(found, key=lambda answer: answer.rank)


def _of(scores: Scores, column: Column, model: nn.Module, encoded: Encoded, accuracy: float) -> CheckResult:
    """The verdict for one column. If no rule was named, the recommended one is tried, too."""
    recommended = scores.recommended(column)
    rules = sorted([scores.assumed, *recommended], key=lambda one: scores.off(column, *one))
    results: list[CheckResult] = []
    for method, n_steps in rules:
        untold = (method, n_steps) not in recommended
        told = scores if untold else replace(scores, method=method, n_steps=n_steps)
        result = _judged(told, column, model, encoded, accuracy)
        if result.verdict in RIGHT_TO_ROUNDING:
            what = "rule" if scores.method is None else "number of steps"
            remark = f"you did not name the {what}: these are the numbers of {method} in {n_steps} steps"
            return result if untold else replace(result, remarks=(*result.remarks, remark))
        if untold:
            results.append(result)
    return results[0]


def _judged(scores: Scores, column: Column, model: nn.Module, encoded: Encoded, accuracy: float) -> CheckResult:
    dtype = next(one.dtype for one in column.call.copies.own if one.is_floating_point())

    def numbers(side: Side) -> Numbers:
        space = side.path_and_space[1]
        return Numbers.of((scores.values,), space, 1, scores.resolution)

    question = Question(
        call=column.call,
        numbers=numbers,
        dtype=dtype,
        method=scores.method,
        n_steps=scores.n_steps,
        accuracy=accuracy,
        model=model,
        ids=encoded.ids if not column.call.layers else column.call.inputs[0],
        special=encoded.special,
    )
    result = _in_options(judged(question))
    if result.verdict is not Verdict.ANOTHER_FUNCTION:
        return result
    # The verdict is on the forward alone, whatever the numbers are.
    alone = _in_options(judged(replace(question, model=None, ids=None)))
    return replace(result, why=without_advice(result.why)) if alone.verdict in RIGHT_TO_ROUNDING else alone


def _in_options(result: CheckResult) -> CheckResult:
    """The same result with the options of the command in its remarks, not with arguments of a function."""
    remarks = (one.replace("method=", "--method").replace("n_steps=", "--n-steps") for one in result.remarks)
    return replace(result, remarks=tuple(remarks))
