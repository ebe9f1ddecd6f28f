"""Group *stack*: torch and transformers compute BERT, and its gradient, as the papers' equations in NumPy do.

A subject is asked nothing here. Where these laws break, the ground under every subject is broken, and no other red law
is a subject's fault.
"""

from __future__ import annotations

from dataclasses import replace

import torch

from reference.laws.asking import Asking
from reference.laws.law import law
from reference.oracle.budget import assert_equal, rounding
from reference.oracle.expected import Expected, Oracle, input_path
from reference.oracle.numpy import bert as numpy_bert
from reference.oracle.quadrature import rule
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

BERT = "Devlin et al. 2019, section 3, https://arxiv.org/abs/1810.04805"


class WrongForward(Violation):
    """F in torch is not BERT's F."""


class WrongGradient(Violation):
    """∇F in torch is not the gradient of BERT's F."""


class WrongByNumpy(Violation):
    """IG on `inputs_embeds` is not the sum that NumPy gives."""


@law(group="stack", violation=WrongForward, needs=set(), domain="every_head", source=BERT)
def forward_of_bert(problem: Problem, subject: Subject) -> None:
    """F(x) and F(x') in torch = in NumPy, float64."""
    oracle, expected = _in_double(problem)
    ends = input_path(oracle.wide, problem.call.target).ends()
    by_numpy = numpy_bert.values(problem.model, problem.data, problem.call.target)
    budget = rounding(expected.change_difference, expected.magnitude, torch.float64)
    for name, got, right in zip(("F(x)", "F(x')"), ends, by_numpy, strict=True):
        assert_equal(WrongForward, got=got, expected=torch.from_numpy(right), budget=budget, what=name)


@law(group="stack", violation=WrongGradient, needs=set(), domain="every_head", source=BERT)
def gradient_of_bert(problem: Problem, subject: Subject) -> None:
    """Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ by torch's autograd = by HIPS autograd, float64."""
    _assert_differentiated(problem)
    oracle, expected = _in_double(problem)
    right = numpy_bert.integrated_gradients(problem.model, problem.data, problem.call.target, oracle.rule)
    assert_equal(
        WrongGradient,
        got=expected.attribution,
        expected=torch.from_numpy(right),
        budget=expected.elements,
        what="the sum of gradients",
    )


@law(
    group="stack",
    violation=WrongByNumpy,
    needs={"ig"},
    domain="every_head",
    source=BERT,
    implied_by="input_attribution",
)
def attribution_by_numpy(problem: Problem, subject: Subject) -> None:
    """IG on inputs_embeds = Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ of BERT in NumPy, which shares no framework with a subject."""
    _assert_differentiated(problem)
    asking = Asking.of(WrongByNumpy, problem, subject)
    right = numpy_bert.integrated_gradients(problem.model, problem.data, problem.call.target, asking.rule)
    in_numpy = replace(asking.expected, attribution=torch.from_numpy(right))
    asking.assert_attribution(asking.attribution(), "IG on inputs_embeds, by NumPy", in_numpy)


def _assert_differentiated(problem: Problem) -> None:
    """Raises   NotApplicable where the installed torch is known not to give the gradient of what it computes."""
    if not numpy_bert.differentiated_by_torch(problem.model, problem.data.mask):
        raise NotApplicable("a row is masked as a whole: torch's flash attention does not give its gradient")


def _in_double(problem: Problem) -> tuple[Oracle, Expected]:
    """The oracle under the right rule, and what it expects of a float64 computation."""
    oracle = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps))
    return oracle, replace(oracle.ig(), dtype=torch.float64)
