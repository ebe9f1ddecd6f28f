"""What released versions of quantus do otherwise than they declare."""

from __future__ import annotations

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.oracle.quadrature import Rule
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect


def trapezoid_over_n(right: Rule, method: str) -> Rule:
    """The weights of n intervals for n nodes, which have n − 1 intervals."""
    if method != "riemann_trapezoid":
        return right
    n = len(right)
    return Rule(right.nodes, (0.5 / n, *(1 / n,) * (n - 2), 0.5 / n))


KNOWN_DEFECTS = (
    KnownDefect(
        id="nine-tenths",
        distribution="quantus",
        versions="==0.6.0",
        law="score_values",
        effect="scores are 9/10 of the right ones: it asks captum for ten steps of its trapezoid, which has ten parts",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32")),
        rule=trapezoid_over_n,
    ),
)
