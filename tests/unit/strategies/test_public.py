"""What `ig_conformance.strategies` offers to people who use Hypothesis."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.statistics import collector

import strategies
from ig_conformance import check_integrated_gradients
from reference.models.bert import TinyBert
from reference.problem import Problem
from tests.subjects.textbook import Textbook
from tests.unit.strategies.drawing import STEADY

ROOT = Path(strategies.__file__).parents[1]


def test_function_keeps_its_name_beside_the_module_of_that_name() -> None:
    importlib.import_module("ig_conformance.strategies.problems")
    assert callable(strategies.problems)
    assert callable(strategies.tiny_models)


@pytest.mark.parametrize("name", strategies.__all__)
def test_public_strategy_takes_keywords_alone_and_shows_an_example(name: str) -> None:
    function = getattr(strategies, name)
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}
    assert "@given(" in (function.__doc__ or "")


@pytest.mark.night
def test_drawing_imports_no_transformers() -> None:
    code = "import sys, ig_conformance.strategies; print('transformers' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


def test_tiny_models_are_models_of_problems() -> None:
    @settings(STEADY, max_examples=10)
    @given(problem=strategies.problems(models=strategies.tiny_models(activations=st.just("gelu"))))
    def draw(problem: Problem) -> None:
        assert isinstance(problem.model, TinyBert)
        assert problem.model.activation == "gelu"

    draw()


def test_events_count_head_activation_dtype_method_and_steps() -> None:
    found: list[Any] = []

    @settings(STEADY, max_examples=20)
    @given(problem=strategies.problems())
    def draw(problem: Problem) -> None: ...

    with collector.with_value(found.append):  # type: ignore[arg-type]
        draw()
    cases = [case for one in found for case in one["generate-phase"]["test-cases"]]
    events = {event.partition(":")[0] for case in cases for event in case["events"]}
    assert {"head", "activation", "dtype", "method", "n_steps"} <= events


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_example_of_the_docstring_passes_for_a_right_result_alone(factor: float) -> None:
    subject = Textbook()

    @settings(STEADY, max_examples=5)
    @given(problem=strategies.problems(method="gausslegendre"))
    def test(problem: Problem) -> None:
        built, call = problem.build(), problem.call
        entry = built.embeddings
        target = list(call.target) if isinstance(call.target, tuple) else call.target
        check_integrated_gradients(
            entry.forward,
            entry.inputs,
            entry.baselines,
            lambda *ends, **options: factor * subject.ig(entry.forward, *ends, **options),
            model=built.model,
            additional_forward_args=entry.additional,
            target=target,
            method=call.method,
            n_steps=call.n_steps,
            accuracy=None,
            strict=True,
        )

    with nullcontext() if factor == 1 else pytest.raises(AssertionError, match="times the budget"):
        test()
