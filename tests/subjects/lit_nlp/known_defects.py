"""What released versions of lit-nlp do otherwise than they declare."""

from __future__ import annotations

import numpy as np

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.oracle.quadrature import Rule
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect


def all_but_the_last_point(right: Rule, method: str) -> Rule:
    """n of n + 1 equally spaced points, in float32, with the weights of n points."""
    if method != "riemann_trapezoid":
        return right
    return Rule(tuple(np.linspace(0, 1, len(right) + 1, dtype=np.float32)[:-1].tolist()), right.weights)


KNOWN_DEFECTS = (
    KnownDefect(
        id="last-point-left-out",
        distribution="lit-nlp",
        versions="==1.3.1",
        law="score_values",
        effect="the path ends at 29/30 of the way to the text: it makes 31 points, and uses the first 30",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32")),
        rule=all_but_the_last_point,
    ),
)
