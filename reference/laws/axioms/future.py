"""Group *axioms*, decoders: a position reads no later one, so no later one is attributed anything."""

from __future__ import annotations

import torch

from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_within
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation


class FutureAttributed(Violation):
    """A token behind the position that F reads is attributed something, or the token that it reads is attributed 0."""


@law(
    group="axioms",
    violation=FutureAttributed,
    needs={"ig", "lig"},
    source="Vaswani et al. 2017, section 3.2.3, https://arxiv.org/abs/1706.03762",
    domain="positions_of_decoders",
    implied_by="layer_attribution",
)
def no_future(problem: Problem, subject: Subject) -> None:
    """F reads position p of a decoder: IG and LIG at every block = 0 exactly behind p, and are not 0 at p."""
    asking = Asking.of(FutureAttributed, problem, subject)
    built = asking.built
    read = built.read(problem.call.target)
    behind = (read.long().cumsum(1) == 1) & ~read
    for there in (asking, *map(asking.at, built.layers_in_order)):
        got = on_cpu(there.shaped())
        none = got.where(behind.unsqueeze(-1), torch.zeros_like(got))
        exact = Budget.exact(len(got), "F does not read it: exactly 0")
        expected = there.expected
        what = f"{there.what}, behind the position read"
        assert_within(FutureAttributed, error=none, budget=exact, what=what, against=expected.attribution)
        matters = (expected.attribution.abs() > expected.elements.value.reshape(-1, 1, 1)).any(-1)
        silent = (got == 0).all(-1) & matters & read
        if bool(silent.any()):
            example, token = (int(index) for index in silent.nonzero()[0])
            raise FutureAttributed(f"{there.what}, example {example}, token {token}: 0, though F reads it")
