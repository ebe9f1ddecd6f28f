"""How far a correct result may lie from the oracle: computed for each example of each problem, never chosen.

The four constants below are the only ones. tests/unit/reference/test_budget.py shows each from both sides: a right
value stays within, the same value off by two budgets does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from reference.observing import Comparison, tell
from reference.violation import NotApplicable, Severity, Violation, wrong_structure

UNITS = 32
"""A healthy implementation used at most 13.9 units of |float32 − float64| alone, over 14,422 random problems; 32 leaves
it twice that. The unit is never less than that now.
"""

FLOOR_ULPS = 4
"""One rounding each for the node, the product with the weight, the product with Δ and the sum, where the unit is 0."""

DOUBLE_PER_SINGLE = 2.0**-29
"""eps(float64) / eps(float32): what float32 shows of a problem's conditioning, carried over to float64."""

PRODUCTS = {"highest": 1.0, "high": 2.0**13, "medium": 2.0**16}
"""eps of what float32 matrices are multiplied in, over eps(float32): of 23 bits TF32 keeps 10, bfloat16 7, where
torch.set_float32_matmul_precision allows it. A GPU then rounds as in a dtype of its own; the oracle, on CPU, does not.
"""


@dataclass(frozen=True)
class Budget:
    """The largest error allowed to each example, (batch,) float64, and the reason in words."""

    value: Tensor
    why: str

    @classmethod
    def exact(cls, examples: int, why: str = "exactly 0") -> Budget:
        """No error is allowed."""
        return cls(torch.zeros(examples), why)

    def __rmul__(self, factor: float) -> Budget:
        return Budget(factor * self.value, self.why)

    def __add__(self, other: Budget) -> Budget:
        return Budget(self.value + other.value, self.why if self.why == other.why else f"{self.why} + {other.why}")


def floor(magnitude: Tensor, dtype: torch.dtype) -> Tensor:
    """4 ulps of a sum of that magnitude, in `dtype`; float64."""
    return FLOOR_ULPS * torch.finfo(dtype).eps * magnitude.double()


def rounding(unit: Tensor, magnitude: Tensor, dtype: torch.dtype) -> Budget:
    """32 · unit + 4 ulps of `magnitude`, for a result computed in `dtype`; in half precision 32 · unit alone.

    Shapes   unit = max |oracle in float32 − oracle in float64| per example, along the path and beside it, (batch,);
             magnitude (batch,). In half precision unit is that dtype's; the ulps of F would hide everything there
    Raises   NotApplicable where the float32 oracle is not finite: an infinite budget would hide everything
    """
    if not bool(torch.isfinite(unit + magnitude).all()):
        raise NotApplicable("the float32 oracle is not finite")
    if torch.finfo(dtype).bits == 16:
        return Budget(UNITS * unit.double(), f"rounding in {name(dtype)}")
    if dtype == torch.float64:
        return Budget(UNITS * DOUBLE_PER_SINGLE * unit.double() + floor(magnitude, dtype), "rounding in float64")
    products = torch.get_float32_matmul_precision()
    why = "rounding in float32" + (f" with products in {products!r} precision" if products != "highest" else "")
    return Budget(PRODUCTS[products] * (UNITS * unit.double() + floor(magnitude, dtype)), why)


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
) -> None:
    """|error| ≤ budget in every element, else a `violation` that names the worst one.

    Shapes   error (batch, …); budget one value per example; got and expected like error, for the message
    Raises   violation, also for an error that is not a number; NotApplicable for a budget that is not finite
    """
    __tracebackhide__ = True
    if not bool(budget.value.isfinite().all()):
        raise NotApplicable(f"the budget of {what} is not finite ({budget.why})")
    error = error.detach().cpu().double().abs()
    allowed = budget.value.reshape(-1, *(1,) * (error.dim() - 1)).expand_as(error)
    used = torch.where(error == 0, 0.0, error / allowed).nan_to_num(nan=math.inf, posinf=math.inf)
    worst = float(used.max()) if used.numel() else 0.0
    sharpness: tuple[float, ...] = ()
    if expected is not None:
        largest = expected.detach().cpu().double().abs().reshape(len(expected), -1).amax(1)
        sharpness = tuple((budget.value / largest)[largest > 0].tolist())
    tell(Comparison(what, worst, sharpness))
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


def assert_equal(violation: type[Violation], *, got: Tensor, expected: Tensor, budget: Budget, what: str) -> None:
    """`got` has the shape of `expected` and lies within the budget of it, element for element.

    Raises   violation: wrong shape or no tensor (severity shape), a value that is off or not finite (severity number)
    """
    __tracebackhide__ = True
    assert_shape(violation, got, tuple(expected.shape), what)
    got = got.detach().cpu().double()
    assert_within(violation, error=got - expected.cpu(), budget=budget, what=what, got=got, expected=expected)


def assert_shape(violation: type[Violation], got: object, shape: tuple[int, ...], what: str) -> None:
    """`got` is a tensor of that shape, else a `violation` of severity shape."""
    __tracebackhide__ = True
    if not isinstance(got, Tensor):
        raise wrong_structure(violation, what, f"a tensor of shape {shape}", got)
    if tuple(got.shape) != shape:
        raise violation(f"{what}: got shape {tuple(got.shape)}, expected {shape}", Severity.WRONG_SHAPE)


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
