"""Tools that sample: their scores are right on average over calls, and the calls themselves tell how exactly."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from reference.laws.compared import token_scores
from reference.laws.law import law
from reference.laws.scores.asking_texts import Passed, ScoresAsking
from reference.laws.scores.generators import kept
from reference.oracle.budget import Budget, assert_shape, assert_within
from reference.oracle.quadrature import rule
from reference.problem import Problem
from reference.violation import NotApplicable, Violation

CALLS = 20
"""Each with generators seeded otherwise."""

STANDARD_ERRORS = 11
"""Student's t with 19 degrees of freedom exceeds 11 in about one of 10⁹ comparisons."""


class WrongOnAverage(Violation):
    """The mean of sampled scores is not the declared expectation."""


@law(
    group="scores",
    violation=WrongOnAverage,
    needs={"scores"},
    source="Erion et al. 2021, https://arxiv.org/abs/1906.10670",
    domain="texts",
    costly=True,
)
def scores_on_average(problem: Problem, subject: Any) -> None:
    """The mean of sampled scores over calls = ∫₀¹ ∇F(x' + αΔ) dα ⊙ Δ, up to eleven of its own standard errors."""
    if not subject.declares.samples:
        raise NotApplicable(f"subject {subject.name} does not sample")
    asking = ScoresAsking.of(WrongOnAverage, problem, subject, sampled=True)
    for text in asking.texts.passed:
        _assert_mean(asking, text)


def _assert_mean(asking: ScoresAsking, text: Passed) -> None:
    __tracebackhide__ = True
    oracle = asking.oracle_under(rule("gausslegendre", 50), text)
    expected = oracle.ig() if asking.layer is None else oracle.lig(asking.layer)
    integral = oracle.integral(asking.layer)
    scores, _ = asking.grouped(token_scores(integral.attribution), expected.tokens, text)
    found = []
    for call in range(CALLS):
        with kept(seed=call):
            (got,) = asking.scores([text])
        assert_shape(asking.violation, got, tuple(scores[0].shape), "scores")
        found.append(got.detach().double())
    samples = torch.stack(found)
    allowed = STANDARD_ERRORS * samples.std(0) / CALLS**0.5 + expected.tokens.value + integral.error
    mean: Tensor = samples.mean(0)
    assert_within(
        asking.violation,
        error=mean - scores[0],
        budget=Budget(allowed, f"{STANDARD_ERRORS} standard errors over {CALLS} calls", share=1.0),
        what=f"the mean score of a token of {text!r} by {asking.family.name}",
        got=mean,
        expected=scores[0],
    )
