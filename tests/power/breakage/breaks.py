"""What can be broken below the laws: a text in one file, replaced by a wrong one, and the tests that must fall."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Break:
    """`right` stands once in `file`, relative to the checkout; with `wrong` in its place one of `tests` fails."""

    what: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


def of(file: str, tests: str, *changes: tuple[str, str, str]) -> tuple[Break, ...]:
    """Breaks of one file, (what, right, wrong) each, that the same tests see."""
    return tuple(Break(what, file, right, wrong, tuple(tests.split())) for what, right, wrong in changes)
