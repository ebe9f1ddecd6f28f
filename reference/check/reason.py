"""Why numbers are off by more than rounding: a mistake, or a rule or decimals that the user did not tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import torch

from reference.check.integral import Integral
from reference.check.mistakes import Candidate, Given, explained
from reference.check.model_calls import special_tokens
from reference.check.numbers import Comparison, Numbers, Value, compared
from reference.check.progress import doing
from reference.check.question import CAPTUM, Question
from reference.check.result import Mistake, Verdict
from reference.check.sides import Side, Sides

VISIBLE = 1e-3
"""The share of the largest number that is worth a word, if the user did not tell an accuracy: its default."""

REMARKS = ("float32 weights",)
"""Mistakes that are remarks: the numbers are right to the accuracy that anybody needs."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """A verdict, why it is so, and what the search for a mistake showed. `sides` read numbers as they were printed."""

    verdict: Verdict
    why: str
    sides: Sides
    mistakes: tuple[Mistake, ...] = ()
    untested: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    decimals: int | None = None
    """To how many decimals the numbers were rounded, if they have few."""
    found: tuple[str, Side] | None = None
    """The method that the numbers were made with, and its side, if the user did not tell it."""
    agrees: bool = False
    """Whether the numbers equal the converged integral, if the user did not tell the rule."""


def reason_of(
    question: Question,
    sides: Sides,
    right: Value,
    comparison: Comparison,
    dtype: torch.dtype,
    integral: Integral,
) -> Reason:
    """What explains numbers that are off. A rule that was not told is no mistake; a float32 weight is a remark."""
    if not bool(sides.numbers.flat.any()):
        return Reason(verdict=Verdict.WRONG, why=f"all numbers are zero. {comparison.words}", sides=sides)
    if not bool(sides.numbers.flat.isfinite().all()):
        return Reason(verdict=Verdict.WRONG, why=comparison.words, sides=sides)
    decimals = _decimals(sides.numbers, right, dtype)
    if decimals is not None:
        sides = sides.printed(_resolution(decimals))
        if compared(sides.numbers, right, dtype).worst <= 1:
            why = f"right to {in_words(decimals)}: the numbers were rounded"
            return Reason(verdict=Verdict.RIGHT, why=why, sides=sides, decimals=decimals)
    doing("looking for the mistake")
    numbers = sides.numbers
    once_more = question.numbers_again if question.again is not None else None
    given = Given(
        sides=sides,
        right=right,
        dtype=dtype,
        method=question.method or "gausslegendre",
        n_steps=question.n_steps or CAPTUM,
        model=question.model,
        ids=question.ids,
        integral=integral,
        again=None if once_more is None else partial(once_more, sides.exact),
        told_method=question.method is not None or question.again is not None,
        told_steps=question.n_steps is not None or question.again is not None,
        special=special_tokens(question.model) if question.special is None else question.special,
    )
    explanations, untested = explained(given)
    mistakes = tuple(one.mistake for one in explanations)
    known = partial(Reason, sides=sides, decimals=decimals, untested=tuple(untested))
    for mistake in [one for one in mistakes if one.name in REMARKS]:
        why = f"right except for float32 weights; the worst error is {comparison.worst:.2g} budgets"
        return known(verdict=Verdict.RIGHT, why=why, remarks=(str(mistake),))
    untold = [name for name in ("method", "n_steps") if getattr(question, name) is None]
    remarks: tuple[str, ...] = ()
    if untold and question.again is None:
        for one in explanations:
            if (found := _may_be(one.candidate, question, sides)) is not None:
                remarks = (f"you did not name the rule: {one.mistake.sentence}",)
                why = "right by a rule that you did not name"
                return known(verdict=Verdict.RIGHT, why=why, remarks=remarks, found=found)
        if not mistakes and _agrees(numbers, integral, question.accuracy or VISIBLE):
            remarks = ("you did not name the rule: the numbers are compared with the converged integral",)
            why = "equal to the converged integral within the accuracy"
            return known(verdict=Verdict.RIGHT, why=why, remarks=remarks, agrees=True)
        if not mistakes and _unresolved(numbers, integral):
            options = " and ".join(f"{name}=" for name in untold)
            why = (
                f"the rule was not told, and the integral is known to the distance of the numbers only: pass {options}"
            )
            return known(verdict=Verdict.CANNOT_BE_JUDGED, why=why)
        if not mistakes and not numbers.impossible:
            assumed = f"the check assumes {given.n_steps} steps of {given.method}"
            options = " and ".join(f"{name}=" for name in untold)
            remarks = (f"without {options}, {assumed}. If you used another rule, pass {options}",)
    why = comparison.words
    if numbers.impossible:
        why = "the numbers are sums over dimension 1, the tokens: sum over the last dimension instead"
    return known(verdict=Verdict.WRONG, why=why, remarks=remarks, mistakes=mistakes)


def _decimals(numbers: Numbers, right: Value, dtype: torch.dtype) -> int | None:
    """How many decimals the numbers have, if these are so few that they matter, and the user did not tell."""
    count = numbers.decimals(dtype)
    if numbers.resolution or count is None or bool((right.budget(dtype) >= _resolution(count)).all()):
        return None
    return count


def in_words(decimals: int) -> str:
    """A number of decimals."""
    return f"{decimals} decimal{'s' * (decimals != 1)}"


def _resolution(decimals: int) -> float:
    """Half a unit of the last digit."""
    return float(0.5 * 10.0**-decimals)


def _may_be(candidate: Candidate, question: Question, sides: Sides) -> tuple[str, Side] | None:
    """The method and its side, if it is a rule that does not contradict what was told. Its sum is then judged."""
    if candidate.named is None or candidate.rule is None:
        return None
    method, n_steps = candidate.named
    if question.method not in (None, method) or question.n_steps not in (None, n_steps):
        return None
    return method, sides.exact.under(candidate.rule)


def _agrees(numbers: Numbers, integral: Integral, accuracy: float) -> bool:
    """Whether the numbers equal the converged integral within the accuracy."""
    if not integral.converged:
        return False
    off = (numbers.flat - numbers.like(integral.attribution)).abs().amax(1)
    return bool((off <= accuracy * numbers.like(integral.attribution).abs().amax(1)).all())


def _unresolved(numbers: Numbers, integral: Integral) -> bool:
    """Whether the integral did not converge, and the numbers lie within its error."""
    if integral.converged or numbers.impossible:
        return False
    off = (numbers.flat - numbers.like(integral.attribution)).abs().amax(1)
    return bool((off <= integral.error).all())
