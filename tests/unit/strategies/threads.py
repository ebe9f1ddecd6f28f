"""Attributions of fixed problems, printed as JSON: run with another number of threads, and compared."""

from __future__ import annotations

import json

import torch

from reference.models.bert import TinyBert
from reference.models.versions import ATTENTIONS
from reference.oracle.path import input_path
from reference.oracle.quadrature import Rule, rule
from reference.problem import Call, Ids, Problem, Tokens


def counting(step: int, *, vocab: int = 9, batch: int = 4, length: int = 12) -> Ids:
    return tuple(tuple((step * place + row) % vocab for place in range(length)) for row in range(batch))


PROBLEMS = tuple(
    Problem(
        # Large enough for torch to divide the work: it does so from 32,768 elements on.
        model=TinyBert(vocab=9, hidden=96, heads=3, intermediate=96, attention=attention, weight_seed=1),
        data=Tokens(ids=counting(2), baseline=counting(5)),
        call=Call(n_steps=8, dtype=dtype),
    )
    for attention in ATTENTIONS
    for dtype in ("float64", "float32")
)


def nodes(problem: Problem) -> Rule:
    return rule(problem.call.method, problem.call.n_steps)


def attribution(problem: Problem) -> torch.Tensor:
    """In the dtype of the call, all steps in one batch."""
    return input_path(problem.build(), problem.call.target).sum(nodes(problem)).attribution


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "threads": torch.get_num_threads(),
                "attributions": [attribution(problem).tolist() for problem in PROBLEMS],
            }
        )
    )
