"""What is done around each example of a Hypothesis test, from outside of it: through Hypothesis's own `inner_test`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def around(handle: Any, run: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """The test behind a Hypothesis handle is left to `run`, example by example: `run(example)` calls `example()`."""
    own = handle.inner_test

    @functools.wraps(own)
    def test(*args: Any, **kwargs: Any) -> Any:
        return run(functools.partial(own, *args, **kwargs))

    # Hypothesis derives the seed of a derandomized test, and its place in the database, from source and signature.
    test.__signature__ = inspect.signature(own)  # type: ignore[attr-defined]
    handle.inner_test = test
    try:
        yield
    finally:
        handle.inner_test = own
