"""How a law is broken, and when it does not apply."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

T = TypeVar("T")


class Severity(IntEnum):
    """What a broken law costs its user, worst last: the verdict sorts by it."""

    UNCLEAR_REFUSAL = 1
    CRASH = 2
    WRONG_SHAPE = 3
    WRONG_NUMBER = 4

    @property
    def words(self) -> str:
        return {1: "unclear refusal", 2: "crash on a valid call", 3: "wrong shape or dtype", 4: "silent wrong number"}[
            self
        ]


class Violation(AssertionError):
    """A law does not hold. Every law has its own subclass, so that two bugs are never reported as one."""

    def __init__(self, message: str, severity: Severity = Severity.WRONG_NUMBER) -> None:
        super().__init__(message)
        self.severity = severity


class NotApplicable(Exception):
    """The law says nothing about this problem (or the subject lacks what it needs): counted, never green."""


def asking(kind: type[Violation], what: str, ask: Callable[[], T]) -> T:
    """The subject's answer; its exception on a valid call is a `kind` of severity crash."""
    __tracebackhide__ = True
    try:
        return ask()
    except (Violation, NotApplicable):
        raise
    except Exception as error:
        raise kind(
            f"{what}: a valid call raised {type(error).__name__}: {first_line(error)}", Severity.CRASH
        ) from error


def refused(kind: type[Violation], what: str, names: tuple[str, ...], ask: Callable[[], T]) -> None:
    """The call is refused by an error that names the argument (one of `names`).

    Raises   kind: an answer where a refusal is due (severity number), an error that names none (severity refusal)
    """
    __tracebackhide__ = True
    if answer_or_refusal(kind, what, names, ask) is not None:
        raise kind(f"{what}: answered where a refusal is due", Severity.WRONG_NUMBER)


def answer_or_refusal(kind: type[Violation], what: str, names: tuple[str, ...], ask: Callable[[], T]) -> T | None:
    """The subject's answer, or None where it refuses by an error that names the argument (one of `names`).

    Raises   kind of severity refusal, for an error that names none of them, or that Python itself raises for a missing
             attribute or key; of severity shape, for an answer that is None
    """
    __tracebackhide__ = True
    try:
        answer = ask()
    except (Violation, NotApplicable):
        raise
    except Exception as error:
        said = first_line(error)
        if not isinstance(error, AttributeError | KeyError) and any(_named(name, said) for name in names):
            return None
        raise kind(
            f"{what}: the error names none of {', '.join(names)}: {type(error).__name__}: {said}",
            Severity.UNCLEAR_REFUSAL,
        ) from error
    if answer is None:
        raise kind(f"{what}: answered None", Severity.WRONG_SHAPE)
    return answer


def _named(name: str, said: str) -> bool:
    """Whether a word of the error's text begins with the name: of the text, not of a function that a law made."""
    text = re.sub(r"\S*<locals>\S*", "", said).lower()
    return re.search(rf"(?<![a-z]){re.escape(name.lower())}", text) is not None


def first_line(error: BaseException) -> str:
    """An exception's text on one line, cut at 300 characters."""
    return " ".join(str(error).split())[:300]
