"""What released versions of shap do otherwise than they declare."""

from __future__ import annotations

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect

TWO_WORDS = Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32"))

NUMPY_RESEEDED = KnownDefect(
    id="numpy-reseeded",
    distribution="shap",
    versions="==0.51.0",
    law="scores_leave_the_model_alone",
    effect="a call seeds NumPy's global generator anew: what the user draws afterwards depends on the explainer",
    severity=Severity.WRONG_NUMBER,
    upstream=UNREPORTED,
    witness=TWO_WORDS,
)

KNOWN_DEFECTS = (NUMPY_RESEEDED,)
