"""What a known defect is: a law that a released subject fails, with the problem that shows it.

A known defect removes no problem from a law: it predicts how the law fails. If the predicted effect is more than two
budgets, the law must fail with its own Violation and the severity of the entry. A pass, or another severity, is an
error of the entry, and fails the run. A defect with a `rule` is modelled instead: the oracle integrates with that rule,
and every law must pass to rounding.

If a witness passes, the run fails: delete the entry, or narrow its versions. A checkout may have fixed a defect, or a
part of it. Its defects are those whose witness fails, and a law may then pass on other problems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from reference.laws import LAWS
from reference.laws.law import Law
from reference.oracle.quadrature import Rule
from reference.problem import Problem
from reference.subject import Subject, capabilities
from reference.violation import NotApplicable, Severity, Violation
from tests.subjects import checkout

EVERY_LAW = ("*",)
"""All laws that call the subject."""
UNREPORTED = "unreported"

VISIBLE = 2.0
"""An effect of more budgets than this must show: of these, rounding can hide one on each side."""

REPEATS = 10
"""How often a law is tried if a race passes it: at least half of the runs must fail."""

RAISED = (Severity.CRASH, Severity.UNCLEAR_ERROR)
"""How a call that raises is judged: in a law that expects a result, and in a law that allows a clear error."""


@dataclass(frozen=True, kw_only=True)
class KnownDefect:
    """A law that a released subject fails. `law` is the one that its witness fails; `laws` are others that fail, too,
    without those that are `spared`, because they do not call the subject as the problem's call says.

    `distribution` is the one that the subject's adapter declares; `versions` are its versions that have the defect.
    `affects` depends on the problem's call, and as little as possible on its model and data; without `affects`, all
    problems are affected. `budgets` is the predicted effect in budgets, for a defect that does not show on every
    problem that it affects. `race` are milder severities that single runs of the law may show. `beside` names other
    distributions, with the versions beside which the tool has the defect.

    Raises   ValueError, on one line, for an unknown law or a wrong specifier of versions
    """

    id: str
    distribution: str
    versions: str
    law: str
    effect: str
    severity: Severity
    upstream: str
    witness: Problem
    affects: Callable[[Problem], bool] | None = None
    budgets: Callable[[Problem, Subject], float] | None = None
    laws: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    race: tuple[Severity, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)
    rule: Callable[[Rule, str], Rule] | None = None
    by_design: bool = False

    def __post_init__(self) -> None:
        named = (self.law, *(() if self.laws == EVERY_LAW else self.laws), *self.spared)
        if unknown := [name for name in named if name not in LAWS]:
            raise ValueError(f"known defect {self.id!r}: unknown law {', '.join(map(repr, unknown))}")
        try:
            SpecifierSet(self.versions)
        except ValueError as error:
            raise ValueError(f"known defect {self.id!r}: versions: {error}") from None

    @property
    def state(self) -> str:
        """Whether upstream knows about the defect, fixed it, or wants it."""
        ends = [bound.version for bound in SpecifierSet(self.versions) if bound.operator == "<"]
        if ends:
            return f"fixed in {ends[0]}"
        if self.by_design:
            return "by design"
        return "open" if self.upstream == UNREPORTED else "reported"

    @property
    def versions_in_words(self) -> str:
        """Those of the tool, and of the distributions beside it."""
        return ", ".join((self.versions, *(f"with {name} {versions}" for name, versions in self.beside.items())))

    def present(self) -> bool:
        """Whether the subject's version is one of those that have the defect: 0.10.0.dev0 counts as 0.10.0."""
        others = (version(name) in SpecifierSet(versions) for name, versions in self.beside.items())
        return self._number() in SpecifierSet(self.versions) and all(others)

    def found_in(self, subject: Subject) -> bool:
        """Whether the subject has the defect: a release by its version, a checkout by the witness.

        A checkout bears the last release's number, so it may have what began later; never what ended before.
        """
        if not checkout.folder(self.distribution):
            return self.present()
        ends = [bound for bound in SpecifierSet(self.versions) if bound.operator not in (">=", ">")]
        return all(bound.contains(self._number()) for bound in ends) and self.shown_by(subject) is not None

    def shown_by(self, subject: Subject) -> Violation | None:
        """The violation with which the subject fails the law on the witness; None if it passes, or cannot be called."""
        law = LAWS[self.law]
        return failing(law, self.witness, subject, self) if law.needs <= capabilities(subject) else None

    def as_dict(self) -> dict[str, str]:
        """What the verdict shows of the entry."""
        return {
            "id": self.id,
            "effect": self.effect,
            "severity": str(int(self.severity)),
            "words": self.severity.words,
            "state": self.state,
            "modelled": "yes" if self.rule else "",
            "upstream": self.upstream,
            "versions": self.versions_in_words,
        }

    def predicts(self, law: str, problem: Problem) -> bool:
        """Whether the defect may make the law fail on this problem."""
        return self.speaks_of(law) and (self.affects is None or self.affects(problem))

    def must_show(self, problem: Problem, subject: Subject) -> bool:
        """Whether a law that the defect affects must fail on this problem: the effect is more than two budgets."""
        if checkout.folder(self.distribution):
            return False
        return self.budgets is None or self.budgets(problem, subject) > VISIBLE

    def explains(self, law: str, violation: Violation) -> bool:
        """Whether the violation of the law is the predicted one: its own class, the severity of the entry.

        Other laws judge the same error in their own way: as a crash, or as an error that names no argument.
        """
        severities = {self.severity, *self.race}
        if law != self.law and self.severity in RAISED:
            severities.update(RAISED)
        return type(violation) is LAWS[law].violation and violation.severity in severities

    def speaks_of(self, law: str) -> bool:
        """Whether the defect may make the law fail."""
        every = self.laws == EVERY_LAW and bool(LAWS[law].needs) and law not in self.spared
        return self.rule is None and (law == self.law or law in self.laws or every)

    def _number(self) -> str:
        return Version(checkout.version(self.distribution)).base_version


def failing(law: Law, problem: Problem, subject: Subject, defect: KnownDefect) -> Violation | None:
    """The violation of the law, or None. Of a race, the most severe of several runs, if at least half of them fail.

    Only for a problem to which the law applies: otherwise None.
    """
    runs = REPEATS if defect.race else 1
    found = [violation for violation in (_violation(law, problem, subject) for _ in range(runs)) if violation]
    if 2 * len(found) < runs:
        return None
    return max(found, key=lambda violation: violation.severity)


def _violation(law: Law, problem: Problem, subject: Subject) -> Violation | None:
    try:
        law(problem, subject)
    except Violation as violation:
        return violation
    except NotApplicable:
        pass
    return None
