"""What released versions of interpreto do otherwise than they declare."""

from __future__ import annotations

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect

TWO_WORDS = Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32"))

KNOWN_DEFECTS = (
    KnownDefect(
        id="mean-of-absolute-values",
        distribution="interpreto",
        versions="==0.5.2",
        law="score_values",
        laws=("scores_add_up",),
        effect="a score is the mean of |gradient × interpolated point| over units and steps, not Σ gradient × (x − x')",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=TWO_WORDS,
    ),
    KnownDefect(
        id="python-random-state",
        distribution="interpreto",
        versions="==0.5.2",
        law="scores_leave_the_model_alone",
        effect="a call draws from Python's global generator (beartype checks a random element of each list)",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=TWO_WORDS,
    ),
)
