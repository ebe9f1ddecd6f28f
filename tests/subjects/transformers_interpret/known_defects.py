"""What released versions of transformers-interpret do otherwise than they declare."""

from __future__ import annotations

from dataclasses import replace

from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect

FAMILIES = ("bert", "distilbert")

TWO_WORDS = Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32"))


def has_token_types(problem: Problem) -> bool:
    """The model has two token types."""
    return bool(problem.model.types > 1 and "token_type_ids" in problem.model.chosen(FAMILIES).arguments)


LAST_TOKEN_TYPE = KnownDefect(
    id="type-of-the-last-token",
    distribution="transformers-interpret",
    versions="==0.10.0",
    law="score_values",
    effect="the last SEP of a single text gets token type 1, not 0: the scores are those of another function",
    severity=Severity.WRONG_NUMBER,
    upstream=UNREPORTED,
    witness=TWO_WORDS,
    affects=has_token_types,
)

PAIRS = KnownDefect(
    id="pairs-with-transformers-5",
    distribution="transformers-interpret",
    versions="==0.10.0",
    law="pairs",
    beside={"transformers": ">=5"},
    effect="on transformers 5 the explainer of pairs raises for every pair: the tokenizer takes its list for a batch",
    severity=Severity.CRASH,
    upstream=UNREPORTED,
    witness=replace(TWO_WORDS, data=Texts(texts=("a",), seconds=("a",), answer="a")),
)

KNOWN_DEFECTS = (LAST_TOKEN_TYPE, PAIRS)
