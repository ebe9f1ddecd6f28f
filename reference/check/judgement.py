"""The verdict on numbers of one call: is there a right value, are these it, is it converged."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from reference.check import same_function
from reference.check.arguments import dtype_name
from reference.check.casts import computes_in_float32
from reference.check.conditions import necessary_conditions
from reference.check.convergence import integral_of, missed, steps_in_words
from reference.check.gap import second_path, wrong_delta
from reference.check.integral import Integral
from reference.check.numbers import Comparison, Value, compared
from reference.check.progress import doing
from reference.check.question import Question
from reference.check.reason import VISIBLE, Reason, in_words, reason_of
from reference.check.result import CheckResult, Verdict
from reference.check.sides import Side, Sides, without_float64
from reference.check.soundness import cut_gradient, not_finite, sound
from reference.check.unsound import Unsound
from reference.violation import NotApplicable, first_line

NEAR_BUDGET = 1000.0
"""Numbers this many budgets off are not saved by more samples of rounding."""

HIDDEN = 1 / 2
"""A budget of half the largest attribution lets numbers of half the size pass, and then no answer is worth anything."""


def judged(question: Question) -> CheckResult:
    """The answer. Everything that the model does to one's own tensors is undone."""
    try:
        with torch.inference_mode(False), torch.enable_grad():
            return _judged(question)
    except (Unsound, NotApplicable) as error:
        return CheckResult(verdict=Verdict.CANNOT_BE_JUDGED, why=str(error), remarks=tuple(question.remarks))


def _judged(question: Question) -> CheckResult:
    doing("running the forward in float64 and float32")
    try:
        question = sound(question)
    except Unsound as unsound:
        if unsound.oracle or question.again is None:
            raise
        return necessary_conditions(question.again, question.call, question.dtype, str(unsound))
    call, remarks = question.call, list(question.remarks)
    untested: list[str] = []
    sentence, reason = another_function(question)
    if sentence is not None:
        return CheckResult(verdict=Verdict.ANOTHER_FUNCTION, why=sentence, remarks=tuple(remarks))
    untested += [reason] if reason else []
    doing("computing the right value")
    rounded_dtype = torch.float32 if question.dtype == torch.float64 else question.dtype
    first = Side(call, torch.float64, question.rule, None)  # type: ignore[arg-type]
    numbers = question.numbers(first)
    exact = Side(call, torch.float64, question.rule, numbers)
    exact.__dict__["path_and_space"] = first.path_and_space
    sides = Sides(exact, Side(call, rounded_dtype, question.rule, numbers))
    finite = _finite(exact)
    if not finite or not _finite(sides.rounded):
        return _without_a_copy(question, sides, finite, remarks)
    dtype = question.dtype
    if dtype == torch.float64 and computes_in_float32(call):
        dtype = torch.float32
        remarks.append("the model computes in float32 inside: float64 results are judged as float32 results")
    return Judgement(question, sides, dtype, remarks, untested).result()


def another_function(question: Question) -> tuple[str | None, str]:
    """How the forward differs from the model of the ids; and why this could not be tested, if it could not."""
    if question.call.layers:
        return None, ""
    if question.model is None or question.ids is None:
        missing = " and ".join(f"{name}=" for name in ("model", "ids") if getattr(question, name) is None)
        return None, f"whether forward(embeddings) equals model(ids): needs {missing}"
    doing("comparing forward(embeddings) with the model of the ids")
    try:
        return same_function.difference(question.call, question.model, question.ids, question.baseline_ids), ""
    except (ValueError, TypeError, RuntimeError) as error:
        return None, f"whether forward(embeddings) equals model(ids): {first_line(error)}"


def _without_a_copy(question: Question, sides: Sides, float64: bool, remarks: list[str]) -> CheckResult:
    """One of the copies is not finite: float32 numbers are judged in float32 alone, if that copy is finite."""
    which = "float64" if not float64 else dtype_name(torch.empty(0, dtype=sides.rounded.dtype))
    why = f"the {which} copy is not finite: {not_finite(sides.exact if not float64 else sides.rounded, question.model)}"
    rounded = sides.rounded
    if float64 or question.dtype != torch.float32 or not _finite(rounded):
        raise NotApplicable(why)
    value = without_float64(rounded)
    remarks.append(f"{why}. The numbers are judged by float32 alone")
    only = Sides(rounded, rounded)
    return Judgement(question, only, torch.float32, remarks, [], value).result()


def _finite(side: Side) -> bool:
    average = side.average
    return all(bool(values.isfinite().all()) for values in (average.attribution, average.end, average.start))


@dataclass
class Judgement:
    """The comparison with a right value, and with the converged integral."""

    question: Question
    sides: Sides
    dtype: torch.dtype
    remarks: list[str]
    untested: list[str]
    value: Value | None = None
    integral: Integral | None = None

    def result(self) -> CheckResult:
        """The answer."""
        right, comparison = self._compared()
        if self.question.accuracy is not None:
            self.integral = integral_of(self.sides, right, self.dtype, self.question.accuracy)
        cut = cut_gradient(self.sides.exact, self.integral)
        reason = Reason(verdict=Verdict.RIGHT, why="", sides=self.sides)
        if cut is not None:
            reason = replace(reason, verdict=Verdict.WRONG, why=cut)
        elif comparison.worst > 1:
            searched = self.integral or integral_of(self.sides, right, self.dtype, VISIBLE)
            reason = reason_of(self.question, self.sides, right, comparison, self.dtype, searched)
        self.sides = reason.sides
        self.remarks += reason.remarks
        verdict, why = reason.verdict, reason.why
        delta = wrong_delta(self.sides, self.question.delta, right, self.dtype)
        if verdict is Verdict.RIGHT and delta is not None:
            verdict, why = Verdict.WRONG, delta
        if verdict is Verdict.RIGHT and (hidden := self._hidden(right, reason.decimals)) is not None:
            verdict, why = Verdict.CANNOT_BE_JUDGED, hidden
        method, side = reason.found or (self.question.method or "gausslegendre", self.sides.exact)
        n_steps, steps = steps_in_words(self.integral, method, self.question.accuracy)
        if verdict is Verdict.RIGHT and self.integral is not None and not reason.agrees:
            verdict, own = self._convergence(method, side, steps)
            why = own or why
        if not why:
            why = f"the worst error is {comparison.worst:.2g} of its budget"
        if (remark := second_path(self.sides.exact)) is not None:
            self.remarks.append(remark)
        integral = self.integral
        space, average = self.sides.numbers.space, self.sides.exact.average
        end, start = average.end.double(), average.start.double()
        structured = None if integral is None else space.split(integral.attribution)
        return CheckResult(
            verdict=verdict,
            why=why,
            end=end,
            start=start,
            gap=None if self.sides.numbers.impossible else self.sides.numbers.flat.sum(1) - (end - start),
            worst=comparison.worst,
            integral=structured[0] if structured and len(structured) == 1 else structured,
            integral_error=None if integral is None else integral.error,
            n_steps=n_steps,
            steps=steps,
            jump=integral.trouble if integral is not None and integral.jump else None,
            mistakes=reason.mistakes,
            untested=(*self.untested, *reason.untested),
            remarks=tuple(self.remarks),
        )

    def _compared(self) -> tuple[Value, Comparison]:
        """The right value and the comparison; rounding is sampled beside the path if the first one fails."""
        numbers = self.sides.numbers
        if self.value is not None:
            return self.value, compared(numbers, self.value, self.dtype)
        right = self.sides.value()
        comparison = compared(numbers, right, self.dtype)
        near = comparison.worst <= NEAR_BUDGET or bool(comparison.error <= 1e-3 * right.number.abs().max())
        # The budget of half precision decides whether there is an answer: it must not depend on the numbers.
        if self.sides.half or (comparison.worst > 1 and near):
            doing("sampling rounding beside the path")
            right = self.sides.sampled()
            comparison = compared(numbers, right, self.dtype)
        return right, comparison

    def _hidden(self, right: Value, decimals: int | None) -> str | None:
        """Why rounding hides what is asked: numbers of half the size, or of no size, would pass too; or None.

        If this is so of some examples alone, the others are judged, and a remark names these.
        """
        largest = right.number.abs().amax(1)
        share = torch.where(largest > 0, right.budget(self.dtype, self.sides.numbers.resolution) / largest, 0.0)
        hidden = (share >= HIDDEN).nonzero().flatten().tolist()
        dtype = dtype_name(torch.empty(0, dtype=self.dtype))
        rounding = f"rounding in {dtype}" if decimals is None else f"rounding to {in_words(decimals)}"
        if not hidden:
            if self.sides.half or decimals is not None or float(share.max()) > (self.question.accuracy or VISIBLE):
                words = f"{rounding} may move a number by {float(share.max()):.2g} of the largest"
                self.remarks.append(f"{words}: smaller errors cannot be detected")
            return None
        passes = "zeros" if float(share[hidden].min()) >= 1 else "numbers of half the size"
        words = f"{rounding} may be as large as the attribution: {passes} would pass too"
        if len(hidden) == int((largest > 0).sum()):
            return words
        self.remarks.append(f"examples {hidden} cannot be judged: {words}")
        return None

    def _convergence(self, method: str, side: Side, steps: str) -> tuple[Verdict, str]:
        """Whether the numbers miss the integral by more than the accuracy."""
        assert self.integral is not None
        assert self.question.accuracy is not None
        share, known = missed(self.integral, side, self.question.accuracy)
        if known and share <= self.question.accuracy:
            return Verdict.RIGHT, ""
        if not known:
            known_to = float((self.integral.error / self.integral.scale).max())
            return Verdict.NOT_CONVERGED, (
                f"it is not known how far the rule is from the integral, which is known to {known_to:.2g} of its "
                f"largest score: {steps}"
            )
        count = "1 step" if len(side.rule) == 1 else f"{len(side.rule)} steps"
        why = f"{count} of {method} miss{'es' * (len(side.rule) == 1)} the integral by {share:.2g} of its largest score"
        return Verdict.NOT_CONVERGED, f"{why}; n_steps: {steps}"
