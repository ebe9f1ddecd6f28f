"""Known defects of released subjects: each witnessed in every run, modelled where a rule describes it, never masked."""

from __future__ import annotations

from typing import Any

from reference.oracle.quadrature import Rule, rule
from tests.subjects.captum.known_defects.axioms import AXIOMS
from tests.subjects.captum.known_defects.conventions import CONVENTIONS
from tests.subjects.captum.known_defects.errors import REFUSAL
from tests.subjects.captum.known_defects.layers import LAYERS
from tests.subjects.captum.known_defects.purity import PURITY
from tests.subjects.captum.known_defects.rule import RULE
from tests.subjects.known_defect import KnownDefect

__all__ = ["KNOWN_DEFECTS", "KnownDefect", "Modelled", "defects_of"]

KNOWN_DEFECTS = (*RULE, *LAYERS, *AXIOMS, *PURITY, *REFUSAL, *CONVENTIONS)


def defects_of(subject: str) -> list[KnownDefect]:
    """The entries on that subject, present in this version or not."""
    return [defect for defect in KNOWN_DEFECTS if defect.subject == subject]


class Modelled:
    """A subject together with what is known to be wrong with it: its own `rule`, and the cases to leave out.

    `followed` is what it makes of the right rule, one after the other. That is found out at once: laws ask for the rule
    while their comparisons are counted, and a witness makes some, too.
    """

    def __init__(self, subject: Any) -> None:
        self.plain = subject
        self._found: dict[str, bool] = {}
        self.followed = [defect.rule for defect in defects_of(subject.name) if defect.rule and self.has(defect)]

    def has(self, defect: KnownDefect) -> bool:
        """Whether the defect is found in the subject: looked for once, when first asked."""
        if defect.id not in self._found:
            self._found[defect.id] = defect.found_in(self.plain)
        return self._found[defect.id]

    def known(self, law: str) -> list[KnownDefect]:
        """What the subject is known to get wrong where it is asked about `law`."""
        return [defect for defect in defects_of(self.plain.name) if defect.speaks_of(law) and self.has(defect)]

    def rule(self, method: str, n_steps: int) -> Rule:
        followed = rule(method, n_steps)
        for known in self.followed:
            followed = known(followed, method)
        return followed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)
