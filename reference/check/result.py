"""What a check answers: the verdict, the figures behind it, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from torch import Tensor

from reference.violation import NotApplicable, Violation


class Verdict(Enum):
    """The five answers to "is my result right?"."""

    RIGHT = "right"
    NOT_CONVERGED = "right to rounding but not converged"
    WRONG = "wrong"
    ANOTHER_FUNCTION = "not your model's function"
    CANNOT_BE_JUDGED = "cannot be judged"


class WrongAttribution(Violation):
    """The numbers are not the attributions of the call that was described."""


class NotConverged(Violation):
    """The numbers are the rule's sum, but the rule has too few steps for the accuracy."""


class AnotherFunction(Violation):
    """The forward is not the model that it is meant to be."""


class CannotBeJudged(NotApplicable):
    """There is no right value to compare with, or no budget for it."""


RAISED: dict[Verdict, type[Exception]] = {
    Verdict.NOT_CONVERGED: NotConverged,
    Verdict.WRONG: WrongAttribution,
    Verdict.ANOTHER_FUNCTION: AnotherFunction,
    Verdict.CANNOT_BE_JUDGED: CannotBeJudged,
}


@dataclass(frozen=True)
class Mistake:
    """A mistake that explains the numbers: its name, and what to do."""

    name: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}"


@dataclass(frozen=True, kw_only=True)
class CheckResult:
    """The answer to "is my result right?".

    Shapes   end = F(x), start = F(x'), gap = Σ attribution − (F(x) − F(x')), integral_error: (batch,); integral has
             the structure of the inputs, or of the layers
    `worst` is the largest error as a share of its budget: up to 1 is rounding. `n_steps` is the number of steps that
    reaches the accuracy with the same method, or None; `steps` says the same in words.
    """

    verdict: Verdict
    why: str
    end: Tensor | None = None
    start: Tensor | None = None
    gap: Tensor | None = None
    worst: float | None = None
    integral: Any = None
    integral_error: Tensor | None = None
    n_steps: int | None = None
    steps: str = ""
    jump: float | None = None
    mistakes: tuple[Mistake, ...] = ()
    untested: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the verdict is *right*: also converged."""
        return self.verdict is Verdict.RIGHT

    def raise_for_status(self) -> None:
        """Raises   WrongAttribution, NotConverged, AnotherFunction or CannotBeJudged, unless the verdict is *right*."""
        if self.verdict in RAISED:
            raise RAISED[self.verdict](str(self))

    def as_dict(self) -> dict[str, Any]:
        """All figures but the integral, as JSON takes them."""
        return {
            "verdict": self.verdict.value,
            "why": self.why,
            "end": _listed(self.end),
            "start": _listed(self.start),
            "gap": _listed(self.gap),
            "worst": self.worst,
            "integral_error": _listed(self.integral_error),
            "n_steps": self.n_steps,
            "steps": self.steps,
            "jump": self.jump,
            "mistakes": [mistake.name for mistake in self.mistakes],
            "untested": list(self.untested),
            "remarks": list(self.remarks),
        }

    def __str__(self) -> str:
        lines = [f"{self.verdict.value}: {self.why}" if self.why else self.verdict.value]
        lines += [f"  mistake   {mistake}" for mistake in self.mistakes]
        if self.end is not None and self.start is not None:
            lines.append(f"  F(x)      {_numbers(self.end)}")
            lines.append(f"  F(x')     {_numbers(self.start)}")
        if self.gap is not None:
            lines.append(f"  gap       {_numbers(self.gap)}   Σ attribution − (F(x) − F(x'))")
        if self.integral_error is not None:
            lines.append(f"  integral  known to {float(self.integral_error.max()):.2g}")
        if self.steps:
            lines.append(f"  n_steps   {self.steps}")
        lines += [f"  remark    {remark}" for remark in self.remarks]
        lines += [f"  untested  {reason}" for reason in self.untested]
        return "\n".join(lines)


def _listed(values: Tensor | None) -> list[float] | None:
    return None if values is None else [float(value) for value in values]


def _numbers(values: Tensor) -> str:
    shown = ", ".join(f"{float(value):.6g}" for value in values[:4])
    return f"{shown}, … ({len(values)} examples)" if len(values) > 4 else shown
