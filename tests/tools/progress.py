"""A progress bar for commands that take longer than five seconds. It is on stderr, and only on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tqdm import tqdm

tqdm.monitor_interval = 0  # no thread: mutation testing forks


def progress(things: Iterable[Any] | None = None, unit: str = "", total: int | None = None) -> Any:
    """The things one after the other, or a bar to `update`: how many are done, and the time left."""
    return tqdm(things, unit=f" {unit}", total=total, delay=5, disable=None, leave=False, ncols=100)


def say(line: str) -> None:
    """Print the line above the bar."""
    tqdm.write(line)
