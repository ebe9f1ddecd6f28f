"""Every argument of the installed Captum is known to a law, or excluded by name."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest

import reference.laws
from tests.subjects.captum.arguments import EXCLUDED, PROTOCOLS, installed, unknown_arguments


def named_in_laws() -> set[str]:
    """The names that laws may pass as arguments: keywords of calls, and keys of dicts."""
    files = Path(reference.laws.__file__).parent.rglob("*.py")
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
    keywords = {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    return keywords | {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_argument_of_captum_is_known_or_excluded(name: str) -> None:
    if name not in installed():
        pytest.skip(f"the installed captum has no {name}")
    unknown = unknown_arguments(installed()[name], PROTOCOLS[name])
    assert not unknown, f"no law knows {unknown} of {name}: write a law, or exclude it in tests/subjects/captum"


@pytest.mark.parametrize("name", PROTOCOLS)
def test_each_optional_argument_is_passed_by_a_law(name: str) -> None:
    parameters = inspect.signature(PROTOCOLS[name]).parameters.values()
    optional = {one.name for one in parameters if one.kind is one.KEYWORD_ONLY}
    assert optional <= named_in_laws()


def test_new_argument_is_unknown() -> None:
    class Drifted:
        def __init__(self, forward_func: Any, multiply_by_inputs: bool = True) -> None: ...

        def attribute(self, inputs: Any, n_steps: int = 50, stochastic: bool = False) -> None: ...

    assert unknown_arguments(Drifted, PROTOCOLS["IntegratedGradients"]) == ["stochastic"]


def test_excluded_argument_is_one_that_no_protocol_has() -> None:
    known = {name for protocol in PROTOCOLS.values() for name in inspect.signature(protocol).parameters}
    assert not known & set(EXCLUDED)
