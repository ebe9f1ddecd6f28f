"""What a law is, and the registry of all laws.

A law is one function of (problem, subject) that returns in silence if the law passes and raises its own
Violation where it does not. Three callers use it: the property, the witness of a known defect, the test of a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation

GROUPS = (
    *("rule", "value", "completeness", "agreement", "axioms", "conventions", "purity", "errors"),
    *("scores", "patching", "stack"),
)

DECLARED_RULE = frozenset({"scores", "paths"})
"""What a subject needs for laws in which it follows the rule that it declares: no method is passed."""

Check = Callable[[Problem, Subject], None]


@dataclass(frozen=True)
class Law:
    """A statement that must hold.

    `domain` names the problems it speaks of (strategies/domain.py), `needs` what the subject must offer;
    `implied_by` makes it a corollary; `share` is the part of all draws on which a statistical law must hold; each of
    its `cases` is a problem of its own, so that a known defect in one hides none of the others. A `costly` law gets
    few problems, of all methods together.
    """

    name: str
    group: str
    statement: str
    source: str
    check: Check
    violation: type[Violation]
    needs: frozenset[str]
    domain: str
    implied_by: str | None = None
    share: float = 1.0
    cases: tuple[str, ...] = ()
    costly: bool = False

    def __call__(self, problem: Problem, subject: Subject) -> None:
        self.check(problem, subject)

    @property
    def primary(self) -> bool:
        return self.implied_by is None

    @property
    def by_method(self) -> bool:
        """Whether a run tries the law once for each method: not if no method is passed to the subject."""
        return bool(self.needs) and not self.needs & DECLARED_RULE and not self.costly


LAWS: dict[str, Law] = {}


def law(
    *,
    group: str,
    violation: type[Violation],
    needs: set[str],
    source: str,
    domain: str = "tokens",
    implied_by: str | None = None,
    share: float = 1.0,
    cases: tuple[str, ...] = (),
    costly: bool = False,
) -> Callable[[Check], Law]:
    """Register the decorated check; its name is the law's name, the first line of its docstring the statement.

    Raises   ValueError for an unknown group, a missing statement, or a name or Violation that another law has
    """

    def register(check: Check) -> Law:
        name = check.__name__
        if group not in GROUPS:
            raise ValueError(f"{name}: unknown group {group!r}, choose one of {', '.join(GROUPS)}")
        if not (check.__doc__ or "").strip():
            raise ValueError(f"{name} states nothing: its docstring is the law")
        if name in LAWS or any(other.violation is violation for other in LAWS.values()):
            raise ValueError(f"{name}: its name or {violation.__name__} belongs to another law")
        statement = (check.__doc__ or "").strip().splitlines()[0]
        made = Law(
            name, group, statement, source, check, violation, frozenset(needs), domain, implied_by, share, cases, costly
        )
        LAWS[name] = made
        return made

    return register


def laws_of(group: str) -> list[Law]:
    """The laws of a group, in the order of their definition."""
    return [law for law in LAWS.values() if law.group == group]
