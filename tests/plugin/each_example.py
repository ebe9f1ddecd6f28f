"""Wrap each example of a Hypothesis test, through Hypothesis's own `inner_test`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def around(handle: Any, run: Callable[[Callable[[], Any]], Any]) -> Iterator[None]:
    """Inside, `run(example)` is called for each example of the handle's test, and itself calls `example()`."""
    own = handle.inner_test

    @functools.wraps(own)
    def test(*args: Any, **kwargs: Any) -> Any:
        return run(functools.partial(own, *args, **kwargs))

    # Hypothesis derives the seed of a derandomized test, and its key in the database, from source and signature.
    test.__signature__ = inspect.signature(own)  # type: ignore[attr-defined]
    handle.inner_test = test
    try:
        yield
    finally:
        handle.inner_test = own
