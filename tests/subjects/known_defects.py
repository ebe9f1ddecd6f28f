"""Known defects of released subjects: each witnessed in every run, modelled where a rule describes it, never masked.

They lie in the folder of their subject, in a module or package `known_defects` that has them all as `KNOWN_DEFECTS`.
"""

from __future__ import annotations

import importlib
from typing import Any

from reference.oracle.quadrature import Rule, rule
from tests.subjects import SHIPPED, adapter_of, folder_of
from tests.subjects.known_defect import KnownDefect

__all__ = ["BY_SUBJECT", "KNOWN_DEFECTS", "KnownDefect", "Modelled", "defects_of"]

NAME = "known_defects"

BY_SUBJECT: dict[str, tuple[KnownDefect, ...]] = {
    name: importlib.import_module(f"{adapter_of(name).rpartition('.')[0]}.{NAME}").KNOWN_DEFECTS
    for name, adapter in SHIPPED.items()
    if (adapter.with_name(f"{NAME}.py")).exists() or adapter.with_name(NAME).is_dir()
}
"""The entries in the folder of each subject."""

KNOWN_DEFECTS = tuple(defect for defects in BY_SUBJECT.values() for defect in defects)


def defects_of(subject: Any) -> list[KnownDefect]:
    """The entries on that subject, present in this version or not.

    It is told by the module of its class and the distribution that it declares: a name can be anybody's.
    """
    distribution = getattr(subject, "distribution", None)
    entries = BY_SUBJECT.get(folder_of(subject) or "", ())
    return [defect for defect in entries if defect.distribution == distribution]


class Modelled:
    """A subject together with what is known to be wrong with it: its own `rule`, and the cases to leave out.

    `followed` is what it makes of the right rule, one after the other. That is found out at once: laws ask for the rule
    while their comparisons are counted, and a witness makes some, too.
    """

    def __init__(self, subject: Any) -> None:
        self.unmodelled = subject
        self.defects = defects_of(subject)
        self._found: dict[str, bool] = {}
        self.followed = [defect.rule for defect in self.defects if defect.rule and self.has(defect)]

    def has(self, defect: KnownDefect) -> bool:
        """Whether the defect is found in the subject: looked for once, when first asked."""
        if defect.id not in self._found:
            self._found[defect.id] = defect.found_in(self.unmodelled)
        return self._found[defect.id]

    def known(self, law: str) -> list[KnownDefect]:
        """What the subject is known to get wrong where it is asked about `law`."""
        return [defect for defect in self.defects if defect.speaks_of(law) and self.has(defect)]

    def rule(self, method: str, n_steps: int) -> Rule:
        followed = rule(method, n_steps)
        for known in self.followed:
            followed = known(followed, method)
        return followed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unmodelled, name)
