"""Global random state is owned by nobody: every test, and every generated example, leaves it as it found it.

Hypothesis seeds `random` and NumPy before each example and restores them after the last, so a look from outside sees
torch alone. The test inside `@given` is therefore watched example by example, through Hypothesis's own `inner_test`.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest


class GlobalRandomnessTouched(AssertionError):
    """Code drew from a global generator, or seeded it: results then depend on what ran before."""


def _of_numpy(module: Any) -> Any:
    name, keys, *rest = module.get_state()
    return name, keys.tobytes(), *rest


GENERATORS: dict[str, Callable[[Any], Any]] = {
    "random": lambda module: module.getstate(),
    "numpy.random": _of_numpy,
    "torch": lambda module: module.get_rng_state().numpy().tobytes(),
}


def states() -> dict[str, Any]:
    """The state of each global generator whose module is loaded: nothing is imported to look."""
    return {name: state(sys.modules[name]) for name, state in GENERATORS.items() if name in sys.modules}


@contextmanager
def untouched(what: str) -> Iterator[None]:
    """No global generator that is loaded now moves inside.

    Raises   GlobalRandomnessTouched, unless something else is raised inside
    """
    before = states()
    yield
    after = states()
    moved = [name for name, state in before.items() if after[name] != state]
    if moved:
        raise GlobalRandomnessTouched(
            f"{what} changed the global random state of {', '.join(moved)}: draw from a generator of its own "
            "(numpy.random.RandomState(seed)), or wrap what cannot in torch.random.fork_rng()"
        )


@contextmanager
def watched(handle: Any, what: str) -> Iterator[None]:
    """The test behind a Hypothesis handle is `untouched` on each example."""
    own = handle.inner_test

    @functools.wraps(own)
    def test(*args: Any, **kwargs: Any) -> Any:
        with untouched(what):
            return own(*args, **kwargs)

    # Hypothesis derives the seed of a derandomized test, and its place in the database, from source and signature.
    test.__signature__ = inspect.signature(own)  # type: ignore[attr-defined]
    handle.inner_test = test
    try:
        yield
    finally:
        handle.inner_test = own


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    handle = getattr(getattr(item, "obj", None), "hypothesis", None)
    with ExitStack() as around:
        around.enter_context(untouched(item.nodeid))
        if handle is not None:
            around.enter_context(watched(handle, f"an example of {item.nodeid}"))
        return (yield)
