"""What a call of Captum leaves behind."""

from __future__ import annotations

from reference.models.bag import TinyBag
from reference.problem import Call, Problem, Tokens
from reference.violation import Severity
from tests.subjects.known_defect import KnownDefect

BAG = Problem(
    model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0, 1), (1, 1)), baseline=((1, 0), (0, 0))), call=Call(n_steps=2)
)
"""Two examples of two tokens, two units, two classes, two steps."""


PURITY = (
    KnownDefect(
        id="graph-of-first-chunk",
        distribution="captum",
        versions=">=0.4",
        law="graph_independent_of_chunks",
        effect="for inputs that need a gradient, d attribution/dx is that of the first internal_batch_size rows alone",
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/issues/762",
        witness=BAG,
    ),
    KnownDefect(
        id="layer-reference-cycle",
        distribution="captum",
        versions=">=0.2",
        law="layer_call_frees_model",
        effect="after LIG only the cyclic garbage collector can free the model: memory grows with each model explained",
        severity=Severity.CRASH,
        upstream="https://github.com/meta-pytorch/captum/issues/866",
        witness=BAG.asking(layer="table"),
    ),
)
