"""What released versions of bias-lens do otherwise than they declare."""

from __future__ import annotations

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect

KNOWN_DEFECTS = (
    KnownDefect(
        id="embedded-twice",
        distribution="bias-lens",
        versions="==0.0.6",
        law="score_values",
        effect="the output of the embeddings is passed as inputs_embeds, and embedded again: positions, types and "
        "LayerNorm are applied twice, and the scores are those of another function",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32")),
    ),
)
