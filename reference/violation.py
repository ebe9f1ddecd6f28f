"""How a law is violated, and when it does not apply."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

from reference.constraint import Constraint
from reference.observing import AcceptedError, Returned, tell
from reference.raised import place_of, raised_by_subject

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

    @property
    def of_a_number(self) -> bool:
        """Whether a law that passes on a share of draws may be violated so: no share excuses a crash."""
        return self.severity == Severity.WRONG_NUMBER


class NotApplicable(Exception):
    """The law says nothing about this problem (or the subject declares that it lacks what it needs): never green.

    Laws raise it. If a subject does, that is a crash of the subject.
    """


def called(violation: type[Violation], what: str, call: Callable[[], T]) -> T:
    """What a valid call returns. Raises `violation` of severity crash if the call raises, a NotApplicable included."""
    __tracebackhide__ = True
    try:
        result = call()
    except (Exception, SystemExit) as error:  # a subject that exits would end the run as a pass
        raise _crash(violation, f"{what}: a valid call", error) from error
    tell(Returned(what))
    return result


def result_or_error(violation: type[Violation], what: str, constraint: Constraint, call: Callable[[], T]) -> T | None:
    """What the call returns, or None if the subject raises an error that names what repairs the violated constraint.

    Raises   violation, of severity unclear error: the error is an accident, or its text names another argument; of
             severity crash: the call exits, or raises an exception of this suite; of severity shape: it returned None
    """
    __tracebackhide__ = True
    try:
        result = call()
    except (Violation, NotApplicable, SystemExit) as error:
        raise _crash(violation, what, error) from error
    except Exception as error:
        said = f"{type(error).__name__}: {first_line(error)}"
        if not raised_by_subject(error):
            why = f"expected an error of the subject that names {constraint}, but {place_of(error)} raised"
        elif not constraint.named_by(str(error)):
            why = f"expected an error that names {constraint}, but the call raised"
        else:
            tell(AcceptedError(what, said))
            return None
        raise violation(f"{what}: {why} {said}", Severity.UNCLEAR_ERROR) from error
    if result is None:
        raise wrong_structure(violation, what, "a result or an error", result)
    tell(Returned(what))
    return result


def expect_error(
    violation: type[Violation],
    what: str,
    constraint: Constraint,
    call: Callable[[], object],
    severity: Severity = Severity.WRONG_NUMBER,
) -> None:
    """The subject raises an error that names what repairs the violated constraint.

    Raises   violation: of `severity` if the call returns, else as `result_or_error`
    """
    __tracebackhide__ = True
    if (result := result_or_error(violation, what, constraint, call)) is not None:
        found = f"expected an error that names {constraint}, but the call returned {described(result)}"
        raise violation(f"{what}: {found}", severity)


def _crash(violation: type[Violation], what: str, error: BaseException) -> Violation:
    """A subject cannot say that a law does not apply to it: reference/subject.py has `lacks` for that."""
    return violation(f"{what} raised {type(error).__name__}: {first_line(error)}", Severity.CRASH)


def wrong_structure(violation: type[Violation], what: str, expected: str, result: object) -> Violation:
    """The violation of a call that returned something of another structure than `expected`, in words."""
    return violation(f"{what}: expected {expected}, got {described(result)}", Severity.WRONG_SHAPE)


def described(result: object) -> str:
    """What was returned, in words: its type, and the types of what it holds."""
    if isinstance(result, tuple | list):
        return f"a {type(result).__name__} of {len(result)}: {', '.join(type(part).__name__ for part in result[:5])}"
    return "None" if result is None else f"a {type(result).__name__}"


def first_line(error: BaseException) -> str:
    """An exception's text on one line, cut at 300 characters."""
    return " ".join(str(error).split())[:300]
