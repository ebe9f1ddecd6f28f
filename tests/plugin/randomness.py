"""Every test, and every generated example, must leave the global random state unchanged.

Hypothesis seeds `random` and NumPy before each example and restores them after it, so only a change to torch is visible
after a test. Therefore the test inside `@given` is watched example by example.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest

from tests.plugin.each_example import around


class GlobalRandomnessTouched(AssertionError):
    """Code drew from a global generator, or seeded it. Then results depend on the tests that ran before."""


GENERATORS = {
    "random": ("getstate", "setstate"),
    "numpy.random": ("get_state", "set_state"),
    "torch": ("get_rng_state", "set_rng_state"),
}
"""Modules with a global generator, and the functions that read and write its state."""


def states() -> dict[str, Any]:
    """The state of each global generator whose module is already imported."""
    return {name: getattr(sys.modules[name], read)() for name, (read, _) in GENERATORS.items() if name in sys.modules}


def _comparable(state: Any) -> Any:
    if isinstance(state, tuple):
        return tuple(part.tobytes() if hasattr(part, "tobytes") else part for part in state)
    return state.numpy().tobytes()


@contextmanager
def untouched(what: str) -> Iterator[None]:
    """Inside, no imported global generator may change. A changed generator is restored, so that a replay fails too.

    Raises   GlobalRandomnessTouched, unless something else is raised inside
    """
    before = states()
    moved: list[str] = []
    try:
        yield
    finally:
        after = states()
        for name, state in before.items():
            if _comparable(after[name]) != _comparable(state):
                moved.append(name)
                getattr(sys.modules[name], GENERATORS[name][1])(state)
    if moved:
        raise GlobalRandomnessTouched(
            f"{what} changed the global random state of {', '.join(moved)}: use a generator of your own "
            "(numpy.random.RandomState(seed)), or wrap the code in torch.random.fork_rng()"
        )


def watched(handle: Any, what: str) -> AbstractContextManager[None]:
    """Each example of the test behind a Hypothesis handle runs inside `untouched`."""

    def run(example: Callable[[], Any]) -> Any:
        with untouched(what):
            return example()

    return around(handle, run)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    handle = getattr(getattr(item, "obj", None), "hypothesis", None)
    with ExitStack() as around:
        around.enter_context(untouched(item.nodeid))
        if handle is not None:
            around.enter_context(watched(handle, f"an example of {item.nodeid}"))
        return (yield)
