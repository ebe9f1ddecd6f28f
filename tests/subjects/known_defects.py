"""Known defects of released subjects: each witnessed in every run, and modelled if a rule describes it.

They lie in the folder of their subject, in a module or package `known_defects` that has them all as `KNOWN_DEFECTS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from functools import cache
from typing import Any

from reference.oracle.quadrature import Rule, rule
from reference.problem import Problem
from tests.subjects import SHIPPED, UnknownSubject, adapter_of, folder_of, in_words
from tests.subjects.known_defect import KnownDefect
from tests.subjects.own_list import Own

__all__ = ["KnownDefect", "Modelled", "all_entries", "defects_of", "entries_of"]

NAME = "known_defects"


@cache
def entries_of(folder: str) -> tuple[KnownDefect, ...]:
    """The entries in the folder of a subject.

    Raises   UnknownSubject, on one line, if the module cannot be imported, or has no tuple of them
    """
    adapter = SHIPPED[folder]
    if not (adapter.with_name(f"{NAME}.py").exists() or adapter.with_name(NAME).is_dir()):
        return ()
    try:
        found = importlib.import_module(f"{adapter_of(folder).rpartition('.')[0]}.{NAME}").KNOWN_DEFECTS
        if not all(isinstance(entry, KnownDefect) for entry in found):
            raise TypeError("KNOWN_DEFECTS must be a tuple of KnownDefect")
    except (Exception, SystemExit) as error:  # whatever the module raises
        raise UnknownSubject(f"subject {folder!r}: its known defects cannot be loaded: {in_words(error)}") from error
    return tuple(found)


def all_entries() -> dict[str, tuple[KnownDefect, ...]]:
    """The entries of each subject that has some.

    Raises   UnknownSubject
    """
    found = {folder: entries_of(folder) for folder in SHIPPED}
    return {folder: entries for folder, entries in found.items() if entries}


def defects_of(subject: Any) -> list[KnownDefect]:
    """The entries on that subject, present in this version or not.

    It is told by the module of its class and the distribution that it declares: a name can be anybody's.
    """
    distribution = getattr(subject, "distribution", None)
    folder = folder_of(subject)
    return [entry for entry in (entries_of(folder) if folder else ()) if entry.distribution == distribution]


class Modelled:
    """A subject together with what is known to be wrong with it: its own `rule`, and how laws fail.

    `followed` is what it makes of the right rule, one after the other. That is found out at once: laws ask for the rule
    while their comparisons are counted, and a witness makes some, too. `own` is the user's list of known defects.
    """

    def __init__(self, subject: Any, own: Iterable[Own] = ()) -> None:
        self.unmodelled = subject
        self.own = [entry for entry in own if not entry.expired]
        self.defects = defects_of(subject)
        self._found: dict[str, bool] = {}
        self.followed = [defect.rule for defect in self.defects if defect.rule and self.has(defect)]

    def has(self, defect: KnownDefect) -> bool:
        """Whether the defect is found in the subject: looked for once, when first asked."""
        if defect.id not in self._found:
            self._found[defect.id] = defect.found_in(self.unmodelled)
        return self._found[defect.id]

    def predicting(self, law: str, problem: Problem) -> list[KnownDefect | Own]:
        """The known defects that may make the law fail on this problem, crashes first."""
        shipped = [defect for defect in self.defects if defect.predicts(law, problem) and self.has(defect)]
        own = [entry for entry in self.own if entry.predicts(law, problem)]
        return sorted([*shipped, *own], key=lambda entry: entry.severity)

    def rule(self, method: str, n_steps: int) -> Rule:
        followed = rule(method, n_steps)
        for known in self.followed:
            followed = known(followed, method)
        return followed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unmodelled, name)
