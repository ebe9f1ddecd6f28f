"""The older order of arguments, (attribute, forward, inputs, baselines, module=…), which raises what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from torch import Tensor

from reference.check.result import CheckResult

ACCURACY = 0.1
"""Older calls were made with any number of steps: they are told of large quadrature errors alone."""


def also_in_the_older_order(check: Callable[..., CheckResult]) -> Callable[..., CheckResult]:
    """A check that also takes the older order: attributions first, as a function."""

    @wraps(check)
    def either(*args: Any, **kwargs: Any) -> CheckResult:
        older = len(args) == 4 and callable(args[0]) and callable(args[1]) and not isinstance(args[1], Tensor)
        if not older:
            return check(*args, **kwargs)
        attribute, forward, inputs, baselines = args
        options = {"accuracy": ACCURACY, "strict": True, **kwargs}
        if "module" in options:
            options["model"] = options.pop("module")
        return check(forward, inputs, baselines, attribute, **options)

    return either
