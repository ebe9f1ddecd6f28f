"""CPU time of a law's parts: each second belongs to the innermost part that runs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest import mock

from reference.oracle import net_calls, oracle
from reference.problem import Problem

ORACLE = ("ig", "half", "lig", "average_gradient", "derivative", "integral", "tables", "curve", "expected", "ends")
"""What laws ask of an Oracle."""


class Stopwatch:
    """Seconds by part. `part(name)` is a `with` in which time belongs to that part, but for parts inside it."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self.running: list[str] = []
        self.since = time.process_time()

    def lap(self) -> None:
        """Give the time since the last lap to the part that runs."""
        now = time.process_time()
        if self.running:
            self.seconds[self.running[-1]] += now - self.since  # type: ignore[assignment]
        self.since = now

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        self.lap()
        self.running.append(name)
        try:
            yield
        finally:
            self.lap()
            self.running.pop()

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time belongs to that part."""

        @wraps(function)
        def within(*given: Any, **options: Any) -> Any:
            with self.part(name):
                return function(*given, **options)

        return within


class Timed:
    """A subject whose calls are timed."""

    def __init__(self, subject: Any, watch: Stopwatch) -> None:
        self.subject, self.watch = subject, watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.subject, name)
        return self.watch.timed("subject", found) if name in ("ig", "lig") else found


@contextmanager
def watching(watch: Stopwatch) -> Iterator[None]:
    """Inside, building a problem and asking the oracle are timed."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(Problem, "build", watch.timed("building", Problem.build)))
        stack.enter_context(mock.patch.object(oracle, "_built", watch.timed("building", oracle._built)))
        right = watch.timed("oracle", net_calls.right)
        stack.enter_context(mock.patch("reference.laws.value.any_call.right", right))
        for name in ORACLE:
            timed = watch.timed("oracle", getattr(oracle.Oracle, name))
            stack.enter_context(mock.patch.object(oracle.Oracle, name, timed))
        yield
