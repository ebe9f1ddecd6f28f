"""Captum's layer attributions: layers and calls that it gets wrong."""

from __future__ import annotations

from reference.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from reference.violation import Severity
from tests.known_defects.entry import UNREPORTED, KnownDefect


def default_positions_in_a_batch(problem: Problem) -> bool:
    return problem.data.positions is None and problem.data.batch > 1


LAYERS = (
    KnownDefect(
        id="broadcast-positions",
        subject="captum",
        versions=">=0.1",
        law="joint_tables",
        laws=("joint_tables_add_up",),
        effect="LIG at position_embeddings fails for a batch when positions are left to the model",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=Problem(model=TinyBert(), data=Tokens(ids=((0,), (1,)), baseline=((1,), (1,))), call=Call(n_steps=2)),
        affects=default_positions_in_a_batch,
    ),
)
