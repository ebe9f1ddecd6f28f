"""What a known defect is: a law that a released subject breaks, with the problem that shows it.

A defect with a `rule` is modelled: the oracle integrates with that rule, and every other law still checks to
rounding. A defect without one removes the problems it `affects` from the laws it breaks, and the verdict counts them.
When a witness stops failing the run fails: delete the entry, or narrow its versions. Not so for a checkout, which may
have fixed it: its defects are those whose witness fails, so that the laws try a fix on every problem.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from reference.laws import LAWS
from reference.oracle.quadrature import Rule
from reference.problem import Problem
from reference.subject import Subject, capabilities
from reference.violation import NotApplicable, Severity, Violation
from tests.subjects import checkout

EVERY_LAW = ("*",)
"""All that ask the subject something."""
UNREPORTED = "unreported"


@dataclass(frozen=True, kw_only=True)
class KnownDefect:
    """A law that a released subject breaks. `law` is the one its witness breaks; `laws` are others it leaves out of.

    `distribution` is the one that the subject's adapter declares; `versions` are its versions that have the defect.
    Without `affects` it breaks the law on every problem.
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
    laws: tuple[str, ...] = ()
    rule: Callable[[Rule, str], Rule] | None = None

    def present(self) -> bool:
        """Whether the subject's version is one of those that have the defect: 0.10.0.dev0 counts as 0.10.0."""
        return self._number() in SpecifierSet(self.versions)

    def found_in(self, subject: Subject) -> bool:
        """Whether the subject has the defect: a release by its version, a checkout by the witness.

        A checkout bears the last release's number, so it may have what began later; never what ended before.
        """
        if not checkout.folder(self.distribution):
            return self.present()
        ends = [bound for bound in SpecifierSet(self.versions) if bound.operator not in (">=", ">")]
        return all(bound.contains(self._number()) for bound in ends) and self.shown_by(subject) is not None

    def shown_by(self, subject: Subject) -> Violation | None:
        """The violation with which the subject breaks the law on the witness; none where it cannot be asked."""
        law = LAWS[self.law]
        if not law.needs <= capabilities(subject):
            return None
        try:
            law(self.witness, subject)
        except Violation as violation:
            return violation
        except NotApplicable:
            pass
        return None

    def as_dict(self) -> dict[str, str]:
        """What the verdict shows of the entry."""
        return {
            "id": self.id,
            "effect": self.effect,
            "severity": str(int(self.severity)),
            "words": self.severity.words,
            "upstream": self.upstream,
            "versions": self.versions,
        }

    def excludes(self, law: str, problem: Problem) -> bool:
        """Whether `problem` says nothing about `law` because of this defect."""
        return self.covers(law) or (self.speaks_of(law) and self.affects is not None and self.affects(problem))

    def covers(self, law: str) -> bool:
        """Whether no problem says anything about `law` because of this defect."""
        return self.speaks_of(law) and self.affects is None

    def speaks_of(self, law: str) -> bool:
        """Whether problems may be left out of `law` because of this defect."""
        every = self.laws == EVERY_LAW and bool(LAWS[law].needs)
        return self.rule is None and (law == self.law or law in self.laws or every)

    def _number(self) -> str:
        return Version(checkout.version(self.distribution)).base_version
