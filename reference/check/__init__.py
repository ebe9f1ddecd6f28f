"""Is my result right? Attributions of anybody's model, by any tool, against the definition."""

from reference.check.functions import check_integrated_gradients, check_layer_integrated_gradients
from reference.check.result import (
    AnotherFunction,
    CannotBeJudged,
    CheckResult,
    Mistake,
    NotConverged,
    Verdict,
    WrongAttribution,
)

__all__ = [
    "AnotherFunction",
    "CannotBeJudged",
    "CheckResult",
    "Mistake",
    "NotConverged",
    "Verdict",
    "WrongAttribution",
    "check_integrated_gradients",
    "check_layer_integrated_gradients",
]
