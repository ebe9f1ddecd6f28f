"""Group *axioms*: what changes with the baseline is F's value there, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import assert_within, with_integrals
from reference.oracle.path_integral import totals
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation


class BaselinesDisagree(Violation):
    """The totals from two baselines differ by something else than F's values at both."""


@law(
    group="axioms",
    violation=BaselinesDisagree,
    needs={"ig"},
    source="https://github.com/meta-pytorch/captum/issues/460",
    domain="smooth_ids",
    implied_by="input_completeness",
)
def two_baselines(problem: Problem, subject: Subject) -> None:
    """Σ IG from b₂ − Σ IG from b₁ = F(b₁) − F(b₂), up to the two gaps that the rule predicts."""
    data, vocab = problem.data, problem.model.vocab
    moved = tuple(tuple((token + 1) % vocab for token in row) for row in data.baseline)
    first = Asking.of(BaselinesDisagree, problem, subject)
    second = Asking.of(BaselinesDisagree, replace(problem, data=replace(data, baseline=moved)), subject)
    both = (first, second)
    integrals = [asking.oracle.integral() for asking in both]
    predicted = [
        totals(asking.expected.attribution) - totals(integral.attribution)
        for asking, integral in zip(both, integrals, strict=True)
    ]
    total = [totals(on_cpu(asking.shaped())) for asking in both]
    at_baseline = [asking.oracle.input_ends()[1] for asking in both]
    error = (total[1] - total[0]) - (at_baseline[0] - at_baseline[1]) - (predicted[1] - predicted[0])
    rounding = first.expected.between_functions.gap + second.expected.between_functions.gap
    assert_within(
        BaselinesDisagree,
        error=error,
        budget=with_integrals(rounding, *integrals),
        against=at_baseline[0] - at_baseline[1],
        what="the difference of IG's totals from two baselines",
    )
