"""What a fault is: a defect planted in `textbook` on purpose, with the law that must see it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

Plant = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Fault:
    """A named defect: `law` sees it, `link` shows where it happened, `planted` keeps it in textbook for a `with`."""

    name: str
    law: str
    link: str
    planted: Plant
