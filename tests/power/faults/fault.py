"""A fault: a defect planted in `textbook` on purpose, with the law and the problem that must show it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.problem import Problem, Tokens

CAPTUM = "https://github.com/meta-pytorch/captum"

Plant = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Fault:
    """A named defect: `law` detects it, `link` shows where it happened, `planted()` plants it in textbook for a `with`.

    `witness` is the smallest problem on which the law detects it, shrunk by Hypothesis.
    """

    name: str
    law: str
    link: str
    planted: Plant
    witness: Problem


BAG = Problem(model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0, 0), (0, 0)), baseline=((0, 0), (0, 0))))
"""The smallest bag of tokens. Δ is 0, which is enough for a fault that does not change numbers."""

AT_INPUTS, AT_TABLE = BAG.asking(n_steps=2), BAG.asking(n_steps=2, layer="table")
"""IG of the smallest bag, and LIG at its table."""

MOVING_BAG = Problem(model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0, 0), (0, 1)), baseline=((0, 0), (0, 0))))
"""The smallest bag in which a token differs from its baseline."""


def one_token(**model: Any) -> Problem:
    """One token that differs from its baseline, in the smallest BERT with these fields of TinyBert."""
    return Problem(model=TinyBert(**model), data=Tokens(ids=((0,),), baseline=((1,),)))
