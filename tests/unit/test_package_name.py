"""The name `ig_conformance` in a checkout: every module has its name in the wheel as a second name."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import ig_conformance

ROOT = Path(ig_conformance.__file__).parents[1]


def fresh(code: str) -> str:
    """The output of a new interpreter with the checkout on its path."""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


@pytest.mark.parametrize(
    "name", ["reference", "reference.problem", "reference.laws.law", "strategies.problems", "tests.plugin.records"]
)
def test_both_names_give_one_module(name: str) -> None:
    own, renamed = importlib.import_module(name), importlib.import_module(f"ig_conformance.{name}")
    assert renamed is own
    assert own.__spec__ is not None
    assert own.__spec__.name == name


@pytest.mark.night
def test_laws_are_registered_once_if_the_long_name_comes_first() -> None:
    code = """
from ig_conformance.reference.laws import LAWS as renamed
from reference.laws import LAWS
from ig_conformance.reference.problem import Problem as Renamed
from reference.problem import Problem
print(renamed is LAWS, Renamed is Problem, len(LAWS) > 100)
"""
    assert fresh(code) == "True True True"


def test_public_function_is_the_function_of_the_floor() -> None:
    check = importlib.import_module("reference.check")
    assert ig_conformance.check_integrated_gradients is check.check_integrated_gradients


def test_import_alone_loads_no_library() -> None:
    libraries = "torch", "numpy", "transformers", "hypothesis", "pytest", "autograd"
    assert fresh(f"import sys, ig_conformance\nprint([it for it in {libraries!r} if it in sys.modules])") == "[]"


def test_unknown_module_of_a_floor_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"reference\.nothing"):
        importlib.import_module("ig_conformance.reference.nothing")


def test_unknown_attribute_is_named() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(ig_conformance, "nothing")  # noqa: B009
