"""What a call of Captum leaves behind."""

from __future__ import annotations

from collections.abc import Callable

from reference.models.bag import TinyBag
from reference.problem import Call, Problem, Tokens
from reference.violation import Severity
from tests.subjects.captum.known_defects.effects import GRAPH_CHUNKS, derivative_of_other_chunks
from tests.subjects.known_defect import KnownDefect

BAG = Problem(
    model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0, 1), (1, 1)), baseline=((1, 0), (0, 0))), call=Call(n_steps=2)
)
"""Two examples of two tokens, two units, two classes, two steps."""


def asked(*cases: str) -> Callable[[Problem], bool]:
    """One of the law's cases, or all at once."""
    return lambda problem: problem.call.case in (None, *cases)


def several_chunks(problem: Problem) -> bool:
    return GRAPH_CHUNKS.get(problem.call.case or "a step a chunk", problem.call.n_steps) < problem.call.n_steps


PURITY = (
    KnownDefect(
        id="graph-of-first-chunk",
        distribution="captum",
        versions=">=0.4",
        law="graph_independent_of_chunks",
        effect="for inputs that need a gradient, d attribution/dx is that of the first internal_batch_size rows alone",
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/issues/762",
        witness=BAG.asking(case="a step a chunk"),
        affects=several_chunks,
        budgets=derivative_of_other_chunks,
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
