"""What released versions of shap do otherwise than they declare, where a layer is explained."""

from __future__ import annotations

from dataclasses import replace

from reference.problem import Problem
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect
from tests.subjects.shap_gradient.known_defects import NUMPY_RESEEDED, TWO_WORDS

DISTILBERT = replace(TWO_WORDS, model=replace(TWO_WORDS.model, which=1))


def is_distilbert(problem: Problem) -> bool:
    """The encoder gets its input by keyword."""
    return problem.model.which % 2 == 1


def is_bert(problem: Problem) -> bool:
    """The encoder gets its input by its place."""
    return not is_distilbert(problem)


KNOWN_DEFECTS = (
    replace(NUMPY_RESEEDED, id="numpy-reseeded-at-a-layer", affects=is_bert),
    KnownDefect(
        id="point-in-place-of-difference",
        distribution="shap",
        versions="==0.51.0",
        law="scores_on_average",
        effect="at a layer the gradient is multiplied by the layer's value at the sampled point, not by x − x'",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=TWO_WORDS,
        affects=is_bert,
    ),
    KnownDefect(
        id="layer-called-by-keyword",
        distribution="shap",
        versions="==0.51.0",
        law="scores_on_average",
        laws=("scores_leave_the_model_alone",),
        effect="a layer that the model calls with keyword arguments alone raises IndexError: its input is not found",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=DISTILBERT,
        affects=is_distilbert,
    ),
)
