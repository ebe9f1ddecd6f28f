"""A subject asked in one setting, at any place: for laws that set its answers against each other, not against a value.

Such a law speaks of the right rule. Where a subject is known to follow another one, the oracle knows by how much its
answer is off for that alone, and that much is taken away: what is left must hold to rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from reference.laws.ask import ask_ig, ask_lig, known_rule, on_cpu, setting_for
from reference.oracle.budget import Budget, assert_shape
from reference.oracle.expected import Expected, Oracle
from reference.oracle.quadrature import Rule, rule
from reference.problem import Place, Problem, Setting
from reference.subject import Subject
from reference.violation import Violation

Change = Callable[[Setting], Setting]


@dataclass(frozen=True)
class Answer:
    """An attribution (batch, …) as under the right rule, float64 on cpu, and how far each element may be off."""

    attribution: Tensor
    budget: Budget

    def __add__(self, other: Answer) -> Answer:
        return Answer(self.attribution + other.attribution, self.budget + other.budget)

    def __rmul__(self, factor: float) -> Answer:
        return Answer(factor * self.attribution, Budget(abs(factor) * self.budget.value, self.budget.why))


@dataclass(frozen=True)
class Asked:
    """The subject on a problem in one setting, with the oracle's own two. A crash is a `kind`."""

    kind: type[Violation]
    problem: Problem
    subject: Subject
    setting: Setting
    wide: Setting
    narrow: Setting

    @classmethod
    def of(
        cls, kind: type[Violation], problem: Problem, subject: Subject, change: Change = lambda setting: setting
    ) -> Asked:
        """In the setting that `change` makes of a fresh one."""
        built = (setting_for(problem, subject), problem.build("float64"), problem.build("float32"))
        return cls(kind, problem, subject, *(change(setting) for setting in built))

    def again(self, change: Change = lambda setting: setting, **call: Any) -> Asked:
        """The same model, called otherwise."""
        changed = (change(setting) for setting in (self.setting, self.wide, self.narrow))
        return Asked(self.kind, self.problem.asking(**call), self.subject, *changed)

    def at(self, place: Place | None = None) -> Answer:
        """LIG at `place`, or IG on `inputs_embeds`."""
        __tracebackhide__ = True
        if place is None:
            got = ask_ig(self.kind, self.problem, self.subject, self.setting)
        else:
            got = ask_lig(self.kind, self.problem, self.subject, self.setting, place)
        call = self.problem.call
        right, followed = rule(call.method, call.n_steps), known_rule(self.problem, self.subject)
        expected = self._oracle(followed, place)
        assert_shape(self.kind, got, tuple(expected.attribution.shape), named(place))
        attribution = on_cpu(got)
        if followed != right:
            attribution += self._oracle(right, place).attribution - expected.attribution
        return Answer(attribution, expected.elements)

    def _oracle(self, nodes: Rule, place: Place | None) -> Expected:
        oracle = Oracle(self.problem, nodes, self.wide, self.narrow)
        return oracle.lig(place) if place else oracle.ig()


def named(place: Place | None) -> str:
    """The question in words."""
    return f"LIG at {place}" if place else "IG on inputs_embeds"
