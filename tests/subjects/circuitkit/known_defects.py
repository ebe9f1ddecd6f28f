"""What released versions of circuitkit do otherwise than they declare, along the path of the inputs."""

from __future__ import annotations

from dataclasses import replace

from reference.models.gpt2 import TinyGPT2
from reference.problem import Problem, Tokens
from reference.violation import Severity
from tests.subjects.known_defect import UNREPORTED, KnownDefect

ONE_TOKEN = Problem(
    model=TinyGPT2(head="causal", activation="gelu_new"), data=Tokens(ids=((0,),), baseline=((1,),))
).asking(target=(0, 0))


def of_nodes(problem: Problem) -> bool:
    """The scores of nodes are asked."""
    return problem.call.case in ("nodes", None)


def with_one_head(problem: Problem) -> bool:
    """The scores of edges are asked, on layers of one head behind another layer."""
    return problem.call.case != "nodes" and problem.model.heads == 1 and problem.model.layers > 1


def in_float64(problem: Problem) -> bool:
    """The model is in float64."""
    return problem.call.dtype == "float64"


ONE_HEAD = KnownDefect(
    id="layers-of-one-head",
    distribution="circuitkit",
    versions="==0.2.0",
    law="ends_of_path",
    laws=("edges_add_up",),
    effect="edges of a model with several layers of one head raise a RuntimeError about broadcasting",
    severity=Severity.CRASH,
    upstream=UNREPORTED,
    witness=replace(ONE_TOKEN, model=replace(ONE_TOKEN.model, layers=2)).asking(case="edges", dtype="float32"),
    affects=with_one_head,
)

KNOWN_DEFECTS = (
    ONE_HEAD,
    KnownDefect(
        id="gradient-at-the-input-of-an-mlp",
        distribution="circuitkit",
        versions="==0.2.0",
        law="ends_of_path",
        effect="an MLP's node score multiplies the difference of its output by the gradient at its input",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=ONE_TOKEN.asking(case="nodes", dtype="float32"),
        affects=of_nodes,
    ),
    KnownDefect(
        id="scores-kept-in-float32",
        distribution="circuitkit",
        versions="==0.2.0",
        law="ends_of_path",
        laws=("edges_add_up",),
        effect="scores of a float64 model are rounded to float32",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=ONE_TOKEN.asking(case="edges"),
        affects=in_float64,
    ),
)
