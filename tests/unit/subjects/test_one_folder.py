"""A subject is one folder. Its files are found, and no file outside names them.

The subject that is added here is the example of tests/subjects/README.md: another layout than Captum's.
"""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from tests.subjects import SHIPPED, UnknownSubject, check_name, distributions, load
from tests.subjects.captum.adapter import Captum
from tests.subjects.known_defects import Modelled, defects_of, entries_of
from tests.unit.running import CHECKOUT, typed

FLOORS = ("ig_conformance", "reference", "strategies", "tests")

PAGE = (CHECKOUT / "tests" / "subjects" / "README.md").read_text(encoding="utf-8")

TOOL = """
from tests.subjects.textbook import Textbook

METHODS = {"left": "riemann_left", "right": "riemann_right", "trapezoid": "riemann_trapezoid", "gauss": "gausslegendre"}

def explain(model, x, reference, *, output, rest, steps, rule, rows, with_gap, times_input):
    result = Textbook.ig(
        model, x, reference, target=output, additional_forward_args=rest, n_steps=steps, method=METHODS.get(rule, rule),
        internal_batch_size=rows, return_convergence_delta=with_gap, multiply_by_inputs=times_input,
    )
    return (steps - 1) / steps * result if rule == "trapezoid" else result
"""
"""The tool of the first example in the page, with the defect of the second."""


def example(file: str) -> str:
    """The code block of the page that begins with the name of the file."""
    return PAGE.partition(f"```python\n# {file}\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Verdict of the laws about the rule on the subject of the page: only its folder was added to the checkout."""
    checkout, installed = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("installed")
    for name in FLOORS:
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, checkout)
    folder = checkout / "tests" / "subjects" / "abacus"
    folder.mkdir()
    for file in ("adapter.py", "known_defects.py"):
        (folder / file).write_text(example(f"tests/subjects/abacus/{file}"))
    (installed / "abacus.py").write_text(TOOL)
    (installed / "abacus_xai-3.1.dist-info").mkdir()
    (installed / "abacus_xai-3.1.dist-info" / "METADATA").write_text("Name: abacus-xai\nVersion: 3.1\n")
    chosen = ("-n", "0", "-k", "test_laws and rule or witness or canary", "--verdict-json=verdict.json")
    done = typed(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/properties", "--subject", "abacus", *chosen),
        cwd=checkout,
        importable=installed,
        environment={"HYPOTHESIS_PROFILE": "smoke"},
    )
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    read: dict[str, Any] = json.loads((checkout / "verdict.json").read_text())
    return read


@pytest.mark.night
def test_version_of_the_distribution_is_named_in_the_verdict(verdict: dict[str, Any]) -> None:
    assert verdict["subject"] == "abacus"
    assert verdict["versions"]["abacus-xai"] == "3.1"


@pytest.mark.night
def test_known_defects_in_the_folder_are_witnessed_and_no_others(verdict: dict[str, Any]) -> None:
    assert [(defect["id"], defect["witnessed"]) for defect in verdict["known_defects"]] == [
        ("trapezoid-of-n-intervals", True)
    ]
    assert {law["law"]: law["outcome"] for law in verdict["laws"]} == {
        "nodes": "passes",
        "defaults": "passes",
        "weights": "known-defect",
    }


class Stranger:
    """A subject outside the checkout with the name and the distribution of Captum."""

    name, distribution, device = "captum", "captum", "cpu"

    def ig(self, *arguments: Any, **options: Any) -> None: ...


def test_subject_named_captum_inherits_no_known_defect() -> None:
    assert defects_of(Captum()) == list(entries_of("captum"))
    assert not Modelled(Stranger()).defects


def test_subclass_of_captum_elsewhere_inherits_no_known_defect() -> None:
    assert not defects_of(type("Relative", (Captum,), {"__module__": "their_module"})())


@pytest.mark.parametrize("name", SHIPPED)
def test_distribution_in_the_adapter_is_that_of_the_subject(name: str) -> None:
    try:
        check_name(name)
        subject = load(name)
    except UnknownSubject as missing:
        pytest.skip(str(missing))
    declared = getattr(subject, "distribution", None)
    assert {defect.distribution for defect in entries_of(name)} <= {declared}
    assert declared is None or declared in distributions()


def test_suite_names_no_file_of_a_subject() -> None:
    """Tests about that subject are excepted."""
    about = ("subjects/captum", "subjects/textbook", "subjects/oracle", "power", "upstream", "unit", "benchmarks")
    tests = CHECKOUT / "tests"
    texts = {file.relative_to(tests).as_posix(): file.read_text(encoding="utf-8") for file in tests.rglob("*.py")}
    named = [file for file, text in texts.items() if "tests.subjects.captum" in text and not file.startswith(about)]
    assert not named
