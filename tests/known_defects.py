"""Known defects of released subjects: each witnessed in every run, modelled where a rule describes it, never masked.

A defect with a `rule` is modelled: the oracle integrates with that rule, and every other law still checks to
rounding. A defect without one removes the problems it `affects` from the laws it breaks, and the verdict counts them.
When a witness stops failing the run fails: delete the entry, or narrow its versions.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import torch
from packaging.specifiers import SpecifierSet

from reference.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from reference.quadrature import Rule, rule
from reference.violation import Severity

EVERY_LAW = ("*",)
UNREPORTED = "unreported"


@dataclass(frozen=True, kw_only=True)
class KnownDefect:
    """A law that a released subject breaks. `law` is the one its witness breaks; `laws` those it is excluded from."""

    id: str
    subject: str
    versions: str
    law: str
    effect: str
    severity: Severity
    upstream: str
    witness: Problem
    affects: Callable[[Problem], bool] = lambda problem: True
    laws: tuple[str, ...] = ()
    rule: Callable[[Rule, str], Rule] | None = None

    def present(self) -> bool:
        """Whether the installed subject is one of the versions that have the defect."""
        return version(self.subject) in SpecifierSet(self.versions, prereleases=True)

    def as_plain(self) -> dict[str, str]:
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
        speaks_of = law == self.law or law in self.laws or self.laws == EVERY_LAW
        return self.rule is None and speaks_of and self.affects(problem)


def _float32(values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(torch.tensor(values, dtype=torch.float32).double().tolist())


def weights_in_float32(right: Rule, method: str) -> Rule:
    return Rule(right.nodes, _float32(right.weights))


def nodes_from_float32_linspace(right: Rule, method: str) -> Rule:
    if method == "gausslegendre":
        return right
    nodes = torch.linspace(right.nodes[0], right.nodes[-1], len(right), dtype=torch.float32)
    return Rule(tuple(nodes.double().tolist()), right.weights)


def trapezoid_over_n(right: Rule, method: str) -> Rule:
    if method != "riemann_trapezoid":
        return right
    n = len(right)
    return Rule(right.nodes, (0.5 / n, *(1 / n,) * (n - 2), 0.5 / n))


def one_riemann_step(problem: Problem) -> bool:
    return problem.call.n_steps == 1 and problem.call.method.startswith("riemann")


def default_positions_in_a_batch(problem: Problem) -> bool:
    return problem.data.positions is None and problem.data.batch > 1


KNOWN_DEFECTS = (
    KnownDefect(
        id="trapezoid-weights",
        subject="captum",
        versions=">=0.1",
        law="weights",
        effect="riemann_trapezoid weights sum to (n − 1)/n: attributions are too small by that factor",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="riemann_trapezoid", n_steps=2)),
        rule=trapezoid_over_n,
    ),
    KnownDefect(
        id="float32-weights",
        subject="captum",
        versions=">=0.8",
        law="weights",
        effect="weights are rounded to float32 in a float64 model: attributions are off by 1e-8 of their size",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="gausslegendre", n_steps=3)),
        rule=weights_in_float32,
    ),
    KnownDefect(
        id="float32-nodes",
        subject="captum",
        versions=">=0.4.1",
        law="nodes",
        effect="Riemann nodes come from a float32 linspace in a float64 model: they are off by up to 6e-8",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="riemann_right", n_steps=3)),
        rule=nodes_from_float32_linspace,
    ),
    KnownDefect(
        id="one-riemann-step",
        subject="captum",
        versions=">=0.1",
        law="nodes",
        laws=EVERY_LAW,
        effect="n_steps=1 is refused for the Riemann methods, of which only the trapezoid needs two nodes",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=Problem(call=Call(method="riemann_left", n_steps=1)),
        affects=one_riemann_step,
    ),
    KnownDefect(
        id="broadcast-positions",
        subject="captum",
        versions=">=0.1",
        law="joint_tables",
        laws=("joint_tables_add_up",),
        effect="LIG at position_embeddings fails for a batch when positions are left to the model",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0,), (1,)), baseline=((1,), (1,))), call=Call(n_steps=2)),
        affects=default_positions_in_a_batch,
    ),
)


def defects_of(subject: str) -> list[KnownDefect]:
    """The entries on that subject, present in the installed version or not."""
    return [defect for defect in KNOWN_DEFECTS if defect.subject == subject]


class Modelled:
    """A subject together with what is known to be wrong with it: its own `rule`, and the cases to leave out."""

    def __init__(self, subject: Any) -> None:
        self.plain = subject
        self.defects = [defect for defect in defects_of(subject.name) if defect.present()]

    def rule(self, method: str, n_steps: int) -> Rule:
        followed = rule(method, n_steps)
        for defect in self.defects:
            if defect.rule is not None:
                followed = defect.rule(followed, method)
        return followed

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)
