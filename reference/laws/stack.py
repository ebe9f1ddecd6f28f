"""Group *stack*: torch and transformers compute BERT, GPT-2 and LLaMA, and their gradients, as the papers in NumPy do.

No subject is called here. If these laws fail, the ground under every subject is broken, and no other failing law is
a subject's fault.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from types import ModuleType

import torch

from reference.laws.asking import Asking
from reference.laws.law import law
from reference.oracle.budget import assert_equal, rounding
from reference.oracle.expected import Expected
from reference.oracle.oracle import Oracle
from reference.oracle.path import input_path
from reference.oracle.quadrature import rule
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

BERT = "Devlin et al. 2019, section 3, https://arxiv.org/abs/1810.04805"


class WrongForward(Violation):
    """F in torch is not the paper's F."""


class WrongGradient(Violation):
    """∇F in torch is not the gradient of the paper's F."""


class WrongByNumpy(Violation):
    """IG on `inputs_embeds` is not the sum that NumPy gives."""


@law(group="stack", violation=WrongForward, needs=set(), domain="in_numpy", source=BERT)
def forward_of_bert(problem: Problem, subject: Subject) -> None:
    """F(x) and F(x') in torch = in NumPy, float64."""
    twin = _twin(problem)
    oracle, expected = _in_double(problem)
    ends = input_path(oracle.float64, problem.call.target).ends()
    by_numpy = twin.values(problem.model, problem.data, problem.call.target)
    budget = rounding(expected.change_difference, expected.magnitude, expected.dtype)
    for name, got, right in zip(("F(x)", "F(x')"), ends, by_numpy, strict=True):
        assert_equal(WrongForward, got=got, expected=torch.from_numpy(right), budget=budget, what=name)


@law(group="stack", violation=WrongGradient, needs=set(), domain="in_numpy", source=BERT)
def gradient_of_bert(problem: Problem, subject: Subject) -> None:
    """Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ by torch's autograd = by HIPS autograd, float64."""
    twin = _differentiated(problem)
    oracle, expected = _in_double(problem)
    right = twin.integrated_gradients(problem.model, problem.data, problem.call.target, oracle.rule)
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
    domain="in_numpy",
    source=BERT,
    implied_by="input_attribution",
)
def attribution_by_numpy(problem: Problem, subject: Subject) -> None:
    """IG on inputs_embeds = Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ by NumPy, which shares no framework with a subject."""
    twin = _differentiated(problem)
    asking = Asking.of(WrongByNumpy, problem, subject)
    right = twin.integrated_gradients(problem.model, problem.data, problem.call.target, asking.rule)
    in_numpy = replace(asking.expected.between_functions, attribution=torch.from_numpy(right))
    asking.assert_attribution(asking.attribution(), "IG on inputs_embeds, by NumPy", in_numpy)


def _twin(problem: Problem) -> ModuleType:
    """The module in which the problem's model is written in NumPy.

    Raises   NotApplicable if the family has no such module, or if HIPS autograd is not installed
    """
    family = problem.model.family
    if family.numpy_twin is None:
        raise NotApplicable(f"no module of reference/oracle/numpy has {family.name}")
    try:
        return import_module(family.numpy_twin)
    except ModuleNotFoundError as error:
        raise NotApplicable(f"{error.name} is not installed: pip install 'ig-conformance[stack]'") from None


def _differentiated(problem: Problem) -> ModuleType:
    """The twin in NumPy, for a problem of which torch gives the gradient.

    Raises   NotApplicable if the installed torch is known not to give the gradient of what it computes
    """
    twin = _twin(problem)
    if not twin.differentiated_by_torch(problem.model, problem.data.mask):
        raise NotApplicable("a row is masked as a whole: torch's flash attention does not give its gradient")
    return twin


def _in_double(problem: Problem) -> tuple[Oracle, Expected]:
    """The oracle under the right rule, and what it expects of a float64 computation that narrows nothing."""
    oracle = Oracle.of(problem, rule(problem.call.method, problem.call.n_steps))
    return oracle, replace(oracle.ig(), dtype=torch.float64).between_functions
