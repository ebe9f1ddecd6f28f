"""Captum's LIG, and what it must say of its inputs and of a cut gradient."""

from __future__ import annotations

from dataclasses import replace

from reference.problem import Tokens
from reference.violation import Severity
from tests.subjects.captum.known_defects.errors import issue
from tests.subjects.captum.known_defects.purity import BAG, asked
from tests.subjects.known_defect import UNREPORTED, KnownDefect

MOVING = replace(BAG, data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0)))).asking(layer="table")

LAYER_CALLS = (
    KnownDefect(
        id="layer-inputs-of-two-batches",
        distribution="captum",
        versions=">=0.2",
        law="layer_inputs_are_one_batch",
        effect="LIG of inputs with different numbers of examples is attributed as if they had the same",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=MOVING.asking(case="inputs of two batches"),
        affects=asked("inputs of two batches"),
    ),
    KnownDefect(
        id="unclear-empty-layer-batch",
        distribution="captum",
        versions=">=0.2",
        law="layer_inputs_are_one_batch",
        effect="LIG of a batch without examples fails on an index, with nothing said of the inputs",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(698),
        witness=MOVING.asking(case="no example"),
        affects=asked("no example"),
    ),
    KnownDefect(
        id="unclear-cut-behind-layer",
        distribution="captum",
        versions=">=0.2",
        law="cut_behind_layer",
        effect="LIG of a forward whose output has no gradient fails in torch's own error, which names no forward",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(978),
        witness=MOVING,
    ),
)
