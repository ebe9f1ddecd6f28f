"""What released versions of inseq do otherwise than they declare."""

from __future__ import annotations

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect

KNOWN_DEFECTS = (
    KnownDefect(
        id="sides-of-the-tokenizer",
        distribution="inseq",
        versions="==0.7.1",
        law="scores_leave_the_model_alone",
        effect="the user's own tokenizer pads and truncates on the left from then on",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32")),
    ),
)
