"""Whether an error is outside its budget."""

from __future__ import annotations

from torch import Tensor

from reference.oracle.budget import Budget, assert_within
from reference.violation import Violation


class Alarm(Violation):
    """Something lies outside its budget."""


def alarms(*, error: Tensor, budget: Budget) -> bool:
    try:
        assert_within(Alarm, error=error, budget=budget, what="it")
    except Alarm:
        return True
    return False
