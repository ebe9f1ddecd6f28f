"""How far a correct result may lie from the oracle: computed for each example of each problem, never chosen.

The constants below are the only ones. test_budget.py and test_comparisons.py in tests/unit/reference show each from
both sides: a right value stays within, the same value off by two budgets does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from reference.observing import Comparison, tell
from reference.oracle.path_integral import Integral
from reference.oracle.precision import ULPS, at_start
from reference.violation import NotApplicable, Severity, Violation, wrong_structure

UNITS = 32
"""A healthy implementation used at most 13.9 units of |float32 − float64| alone, over 14,422 random problems; 32 leaves
it twice that. The unit is never less than that now.
"""

FLOOR_ULPS = 4
"""One rounding each for the node, the product with the weight, the product with Δ and the sum, where the unit is 0."""

DOUBLE_PER_SINGLE = 2.0**-29
"""eps(float64) / eps(float32): what float32 shows of a problem's conditioning, carried over to float64."""

INFORMATIVE = {torch.float16: 1 / 3, torch.bfloat16: 1.0}
"""A comparison says something if its budget is less than this share of the largest number that is compared."""

INFORMATIVE_SHARE = 1 / 100
"""The same in float32 and float64, where a wrong result is rarely off by less than a hundredth."""


@dataclass(frozen=True)
class Budget:
    """The largest error allowed to each example, (batch,) float64, and the reason in words.

    `share` is the part of the largest number compared below which the budget must lie for a comparison to inform.
    """

    value: Tensor
    why: str
    share: float = INFORMATIVE_SHARE

    @classmethod
    def exact(cls, examples: int, why: str = "exactly 0") -> Budget:
        """No error is allowed."""
        return cls(torch.zeros(examples), why)

    def __rmul__(self, factor: float) -> Budget:
        return replace(self, value=factor * self.value)

    def __add__(self, other: Budget) -> Budget:
        why = self.why if self.why == other.why else f"{self.why} + {other.why}"
        return Budget(self.value + other.value, why, max(self.share, other.share))


def floor(magnitude: Tensor, dtype: torch.dtype) -> Tensor:
    """4 ulps of a sum of that magnitude, in `dtype`; float64."""
    return FLOOR_ULPS * torch.finfo(dtype).eps * magnitude.double()


def rounding(unit: Tensor, magnitude: Tensor, dtype: torch.dtype, device: str = "cpu") -> Budget:
    """32 · unit + 4 ulps of `magnitude`, for a result in `dtype` on `device`; in half precision 32 · unit alone.

    In half precision `conditioned` gives each element a floor of its own terms, in its unit.

    Shapes   unit = max |oracle in float32 − oracle in float64| per example, along the path and beside it, (batch,);
             magnitude (batch,). In half precision unit is that dtype's; the ulps of F would hide everything there
    Raises   NotApplicable where the float32 oracle is not finite: an infinite budget would hide everything
    """
    if not bool(torch.isfinite(unit + magnitude).all()):
        raise NotApplicable("the float32 oracle is not finite")
    if torch.finfo(dtype).bits == 16:
        return Budget(UNITS * unit.double(), f"rounding in {name(dtype)}", INFORMATIVE[dtype])
    if dtype == torch.float64:
        return Budget(UNITS * DOUBLE_PER_SINGLE * unit.double() + floor(magnitude, dtype), "rounding in float64")
    products = at_start(device)
    why = "rounding in float32" + (f" with products in {products!r} precision" if products != "highest" else "")
    return Budget(ULPS[products] * (UNITS * unit.double() + floor(magnitude, dtype)), why)


def with_integrals(budget: Budget, *integrals: Integral) -> Budget:
    """`budget` + what the last doublings of converged integrals changed: for totals that are compared with F's change.

    Raises   NotApplicable where the integrals miss F's change by more: the path bends between their nodes, so a wrong
             total could not be told from a right one
    """
    doubled = sum((one.doubled for one in integrals), torch.zeros(()))
    missed = sum((one.missed for one in integrals), torch.zeros(()))
    whole = budget + Budget(doubled, "error of the converged integral")
    if bool((missed > whole.value).any()):
        raise NotApplicable("the path bends between the nodes of the converged integral: its total is not known")
    return whole


def name(dtype: torch.dtype) -> str:
    """`float64` for torch.float64."""
    return str(dtype).removeprefix("torch.")


def assert_within(
    violation: type[Violation],
    *,
    error: Tensor,
    budget: Budget,
    what: str,
    got: Tensor | None = None,
    expected: Tensor | None = None,
    against: Tensor | None = None,
) -> None:
    """|error| ≤ budget in every element, else a `violation` that names the worst one.

    The comparison says something of an example if the budget is small beside the largest number of `against`: what the
    error is compared with, or `expected` if that is not 0.
    Shapes   error (batch, …); budget one value per example; got and expected like error, for the message; against
             (batch, …)
    Raises   violation, also for an error that is not a number; NotApplicable for a budget that is not finite
    """
    __tracebackhide__ = True
    if not bool(budget.value.isfinite().all()):
        raise NotApplicable(f"the budget of {what} is not finite ({budget.why})")
    error = error.detach().cpu().double().abs()
    allowed = budget.value.reshape(-1, *(1,) * (error.dim() - 1)).expand_as(error)
    used = torch.where(error == 0, 0.0, error / allowed).nan_to_num(nan=math.inf, posinf=math.inf)
    worst = float(used.max()) if used.numel() else 0.0
    beside = expected if against is None else against
    sharpness = torch.full_like(budget.value, math.inf) if beside is None else _sharpness(budget, beside)
    tell(Comparison(what, worst, tuple(sharpness.tolist()), budget.share))
    if worst <= 1:
        return
    where = _index(used)
    values = ""
    if got is not None and expected is not None:
        values = f"got {float(got[where]):.9g}, expected {float(expected[where]):.9g}, "
    raise violation(
        f"{what}: {_place(where)}: {values}error {float(error[where]):.3g} is {worst:.3g} times the budget "
        f"{float(allowed[where]):.3g} ({budget.why}); {int((used > 1).sum())} of {used.numel()} elements are off"
    )


def assert_equal(
    violation: type[Violation],
    *,
    got: Tensor,
    expected: Tensor,
    budget: Budget,
    what: str,
    against: Tensor | None = None,
) -> None:
    """`got` has the shape of `expected` and lies within the budget of it, element for element.

    `against`, if `expected` may be 0: the numbers beside which the budget must be small.
    Raises   violation: wrong shape or no tensor (severity shape), a value that is off or not finite (severity number)
    """
    __tracebackhide__ = True
    assert_shape(violation, got, tuple(expected.shape), what)
    got = got.detach().cpu().double()
    error = got - expected.cpu()
    assert_within(violation, error=error, budget=budget, what=what, got=got, expected=expected, against=against)


def assert_shape(violation: type[Violation], got: object, shape: tuple[int, ...], what: str) -> None:
    """`got` is a tensor of that shape, else a `violation` of severity shape."""
    __tracebackhide__ = True
    if not isinstance(got, Tensor):
        raise wrong_structure(violation, what, f"a tensor of shape {shape}", got)
    if tuple(got.shape) != shape:
        raise violation(f"{what}: got shape {tuple(got.shape)}, expected {shape}", Severity.WRONG_SHAPE)


def _sharpness(budget: Budget, against: Tensor) -> Tensor:
    """Budget / largest |number| of each example, infinite where that is 0: (batch,)."""
    largest = against.detach().cpu().double().abs().reshape(len(against), -1).amax(1)
    return torch.where(largest > 0, budget.value / largest, math.inf)


def _index(used: Tensor) -> tuple[int, ...]:
    flat = int(used.argmax())
    where: list[int] = []
    for size in reversed(used.shape):
        flat, index = divmod(flat, size)
        where.append(index)
    return tuple(reversed(where))


def _place(where: tuple[int, ...]) -> str:
    names = ("example", "token", "unit")
    return ", ".join(f"{names[i] if i < len(names) else 'index'} {index}" for i, index in enumerate(where))
