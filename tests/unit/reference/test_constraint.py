"""An error is judged by the arguments that it names: clear texts of any wording pass, and vague ones fail."""

from __future__ import annotations

import pytest

from reference import constraint
from reference.constraint import Constraint

CLEAR = (
    (constraint.INPUTS, "x has dtype torch.int64, but integrated gradients needs a float tensor"),
    (
        constraint.INPUTS,
        "inputs must be floats, got torch.int64: use lig at the layer, pass masks in additional_forward_args",
    ),
    (constraint.TARGET, "class index out of range"),
    (constraint.TARGET, "label 7 does not exist, the model has 3 outputs"),
    (constraint.OUTPUT, "model must return one prediction per example"),
    (constraint.GRADIENT, "not differentiable with respect to x"),
    (constraint.N_STEPS, "Invalid input for n_steps: 0"),
    (constraint.N_STEPS, "riemann_trapezoid is a rule that needs two steps"),
    (constraint.METHOD, "unknown quadrature 'simpson'"),
    (constraint.CHUNK, "the batch size must be at least 1, got 0"),
    (constraint.INPUTS, "batch sizes differ: 2 and 3"),
    (constraint.ENDS, "x' has shape (2, 3) and x has shape (2, 4)"),
    (constraint.LAYER, "the module was called 2 times"),
    (constraint.SELECTED, "forward must return a single number per example if no target is given"),
    (constraint.SELECTED, "a class must be chosen"),
    (constraint.ONE_VALUE, "the convergence cannot be computed for a sum over the batch"),
)

UNCLEAR = (
    (constraint.OUTPUT, "expected Tensor as element 0 in argument 0, but got list"),
    (constraint.N_STEPS, "something went wrong"),
    (constraint.N_STEPS, "unknown method 'simpson'"),
    (constraint.TARGET, "the model has 3 outputs"),
    (constraint.TARGET, "bad value: <class 'float'>"),
    (constraint.INPUTS, "failed in <function target_in_range.<locals>.x at 0x7f00>"),
    (constraint.CHUNK, "the batch is too large"),
    (constraint.TARGET, "check inputs, baselines, target, n_steps, method, layer and internal_batch_size"),
    (constraint.ARGUMENTS, "additional"),
)


@pytest.mark.parametrize(("violated", "text"), CLEAR, ids=lambda value: str(value)[:40])
def test_clear_text_names_what_repairs_the_call(violated: Constraint, text: str) -> None:
    assert violated.named_by(text)


@pytest.mark.parametrize(("violated", "text"), UNCLEAR, ids=lambda value: str(value)[:40])
def test_vague_text_names_nothing_that_repairs_the_call(violated: Constraint, text: str) -> None:
    assert not violated.named_by(text)


def test_further_names_hold_for_one_call_alone() -> None:
    assert constraint.LAYER.called_also("layer", "Embedding0").named_by("Embedding0 is overridden")
    assert not constraint.LAYER.named_by("Embedding0 is overridden")


def test_two_constraints_at_once_are_repaired_by_either() -> None:
    both = constraint.TARGET | constraint.LAYER.called_also("layer", "Embedding0")
    assert all(map(both.named_by, ("no such class", "the module is not run", "Embedding0 is overridden")))
    assert not both.named_by("n_steps is 0")


def test_every_party_of_a_constraint_has_words() -> None:
    found = [value for value in vars(constraint).values() if isinstance(value, Constraint)]
    assert {party for one in found for party in (*one.repairs, *one.also)} == set(constraint.PARTIES)
