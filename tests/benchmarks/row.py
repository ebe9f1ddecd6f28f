"""A benchmark as one row of the page: a name and a number with its unit."""

from __future__ import annotations

from typing import Any


def row(benchmark: Any, group: str, name: str, number: float, unit: str) -> None:
    """Keep the row beside what pytest-benchmark measures, which took its own group and name before."""
    benchmark.extra_info.update(group=group, name=name, number=number, unit=unit)
