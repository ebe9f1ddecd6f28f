"""How a law is violated, and when it does not apply."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from reference.observing import AcceptedError, Returned, tell

T = TypeVar("T")


class Severity(IntEnum):
    """What a violated law costs its user, worst last: the verdict sorts by it."""

    UNCLEAR_ERROR = 1
    CRASH = 2
    WRONG_SHAPE = 3
    WRONG_NUMBER = 4

    @property
    def words(self) -> str:
        return {1: "unclear error", 2: "crash on a valid call", 3: "wrong shape or dtype", 4: "silent wrong number"}[
            self
        ]


class Violation(AssertionError):
    """A law is violated. Every law has its own subclass, so that two bugs are never reported as one."""

    def __init__(self, message: str, severity: Severity = Severity.WRONG_NUMBER) -> None:
        super().__init__(message)
        self.severity = severity


class NotApplicable(Exception):
    """The law says nothing about this problem (or the subject lacks what it needs): counted, never green."""


def called(violation: type[Violation], what: str, call: Callable[[], T]) -> T:
    """What a valid call returns. Raises `violation` of severity crash if the call raises."""
    __tracebackhide__ = True
    try:
        result = call()
    except (Violation, NotApplicable):
        raise
    except (Exception, SystemExit) as error:  # a subject that exits would end the run as a pass
        raise violation(
            f"{what}: a valid call raised {type(error).__name__}: {first_line(error)}", Severity.CRASH
        ) from error
    tell(Returned(what))
    return result


def result_or_error(violation: type[Violation], what: str, names: tuple[str, ...], call: Callable[[], T]) -> T | None:
    """What the call returns, or None if it raises an error that names the argument (one of `names`).

    Raises   violation, of severity unclear error: the error names none of them, or Python itself raised it for a
             missing attribute or key; of severity shape: the call returned None
    """
    __tracebackhide__ = True
    try:
        result = call()
    except (Violation, NotApplicable):
        raise
    except (Exception, SystemExit) as error:  # a subject that exits would end the run as a pass
        said = first_line(error)
        if not isinstance(error, AttributeError | KeyError) and any(_named(name, said) for name in names):
            tell(AcceptedError(what, f"{type(error).__name__}: {said}"))
            return None
        raise violation(
            f"{what}: the error names none of {', '.join(names)}: {type(error).__name__}: {said}",
            Severity.UNCLEAR_ERROR,
        ) from error
    if result is None:
        raise wrong_structure(violation, what, "a result or an error", result)
    tell(Returned(what))
    return result


def expect_error(
    violation: type[Violation],
    what: str,
    names: tuple[str, ...],
    call: Callable[[], object],
    severity: Severity = Severity.WRONG_NUMBER,
) -> None:
    """The call raises an error that names the argument (one of `names`).

    Raises   violation: of `severity` if the call returns, of severity unclear error if the error names none
    """
    __tracebackhide__ = True
    if (result := result_or_error(violation, what, names, call)) is not None:
        named = " or ".join(map(repr, names))
        found = f"expected an error that names {named}, but the call returned {described(result)}"
        raise violation(f"{what}: {found}", severity)


def wrong_structure(violation: type[Violation], what: str, expected: str, result: object) -> Violation:
    """The violation of a call that returned something of another structure than `expected`, in words."""
    return violation(f"{what}: expected {expected}, got {described(result)}", Severity.WRONG_SHAPE)


def described(result: object) -> str:
    """What was returned, in words: its type, and the types of what it holds."""
    if isinstance(result, tuple | list):
        return f"a {type(result).__name__} of {len(result)}: {', '.join(type(part).__name__ for part in result[:5])}"
    return "None" if result is None else f"a {type(result).__name__}"


def _named(name: str, said: str) -> bool:
    """Whether a word of the error's text begins with the name: of the text, not of a function that a law made."""
    text = re.sub(r"\S*<locals>\S*", "", said).lower()
    return re.search(rf"(?<![a-z]){re.escape(name.lower())}", text) is not None


def first_line(error: BaseException) -> str:
    """An exception's text on one line, cut at 300 characters."""
    return " ".join(str(error).split())[:300]
