"""What the answers share: the sentence and the model that stand in for a user's, the oracle, the known defects.

A report is asked again in its user's own calls. What captum returns is compared with the oracle under the rule that
captum is known to follow; what it gets wrong stands inside `known_defect`, and fails there once upstream has fixed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import Entry, Layer
from reference.models.bert import TinyBert
from reference.oracle.budget import assert_equal
from reference.oracle.expected import Expected
from reference.oracle.oracle import Oracle
from reference.oracle.path_integral import totals
from reference.problem import Call, Problem, Tokens
from reference.violation import Severity, Violation
from tests.subjects.captum.adapter import Captum
from tests.subjects.known_defects import Modelled, entries_of

PAD, CLS, SEP = 0, 1, 2

SENTENCE = Problem(
    model=TinyBert(vocab=12, hidden=12, heads=3, layers=2, intermediate=24, types=2, weight_seed=8),
    data=Tokens(ids=((CLS, 5, 9, 7, 3, SEP),), baseline=((CLS, PAD, PAD, PAD, PAD, SEP),)),
    call=Call(n_steps=50, target=0),
)
"""One sentence, the reference of captum's tutorials, and the number of steps that who names none gets."""

CAPTUM = Modelled(Captum())


class NotAsAnswered(Violation):
    """Captum does not return what the answer to the report says."""


def model_of(problem: Problem = SENTENCE) -> Any:
    """A model of the test's own, in the problem's dtype."""
    return problem.model.model(problem.dtype)


def ids_of(problem: Problem = SENTENCE) -> tuple[Tensor, Tensor]:
    """Token ids of input and reference, (batch, length) each."""
    return torch.tensor(problem.data.ids), torch.tensor(problem.data.baseline)


def oracle(problem: Problem, output: Callable[[Tensor], Tensor] | None = None) -> Oracle:
    """The oracle under captum's rule, where F is selected from `output` of the logits."""

    def through(entry: Entry) -> Entry:
        return replace(entry, forward=lambda *args: output(entry.forward(*args)) if output else entry.forward(*args))

    call = problem.call
    return Oracle.of(problem, CAPTUM.rule(call.method, call.n_steps)).entering(through)


def right(problem: Problem, layer: str | None = None, output: Callable[[Tensor], Tensor] | None = None) -> Expected:
    """IG on `inputs_embeds`, or LIG at `layer` (with `:input`, at its input)."""
    answers = oracle(problem, output)
    return answers.lig(Layer.named(layer)) if layer else answers.ig()


def assert_right(got: Any, expected: Expected, what: str = "captum's attribution") -> None:
    """The attribution is the expected one, to rounding."""
    __tracebackhide__ = True
    assert_equal(NotAsAnswered, got=got, expected=expected.attribution, budget=expected.elements, what=what)


def assert_right_delta(got: Any, expected: Expected, what: str = "captum's attribution") -> None:
    """The delta is the gap of the expected attribution, to rounding."""
    __tracebackhide__ = True
    gap = totals(expected.attribution) - expected.change
    assert_equal(NotAsAnswered, got=got, expected=gap, budget=expected.gap, what=f"the delta of {what}")


@contextmanager
def known_defect(name: str, severity: Severity | None = None) -> Iterator[None]:
    """Inside stands what is right, and what captum breaks as the entry `name` says, or here with another severity.

    Raises   AssertionError where a version with the defect is right, or wrong in another way; the Violation elsewhere
    """
    __tracebackhide__ = True
    (defect,) = (one for one in entries_of("captum") if one.id == name)
    broken: Violation | None = None
    try:
        yield
    except Violation as violation:
        if not defect.present():
            raise
        broken = violation
    if defect.present():
        assert broken is not None, (
            f"captum {version('captum')} is right here: delete or narrow the known defect {name!r}, "
            "and rewrite the answer at the head of this file"
        )
        assert broken.severity == (severity or defect.severity), f"now a {broken.severity.words}: {broken}"
