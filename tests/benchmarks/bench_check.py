"""check_integrated_gradients beside the call that made the numbers, right and wrong ones."""

from __future__ import annotations

from typing import Any

import pytest
from captum.attr import IntegratedGradients

from reference.check import check_integrated_gradients
from reference.check.result import Verdict
from tests.benchmarks.sizes import N_STEPS, SIZES


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("asked", ["captum", "right numbers", "without convergence", "wrong numbers"])
def test_one_answer(benchmark: Any, size: str, asked: str) -> None:
    problem = SIZES[size]
    built = problem.build("float32")
    entry = built.embeddings
    options = {"target": problem.call.target, "additional_forward_args": entry.additional, "n_steps": N_STEPS}
    ends = entry.inputs, entry.baselines

    def ask() -> Any:
        return IntegratedGradients(entry.forward).attribute(*ends, **options)

    right = ask()
    numbers = 2 * right if asked == "wrong numbers" else right
    accuracy = None if asked == "without convergence" else 1e-3

    def check() -> Any:
        return check_integrated_gradients(
            entry.forward, *ends, numbers, model=built.model, accuracy=accuracy, **options
        )

    # An answer that nothing can be judged is fast, and says nothing about speed.
    verdicts = {Verdict.WRONG} if asked == "wrong numbers" else {Verdict.RIGHT, Verdict.NOT_CONVERGED}
    assert asked == "captum" or check().verdict in verdicts
    benchmark.group = f"check, {size}"
    benchmark.name = asked
    benchmark.pedantic(ask if asked == "captum" else check, rounds=3, warmup_rounds=1)
