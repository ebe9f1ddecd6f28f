"""A subject is one folder: what is in it is found, and nothing outside names it."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from tests.subjects import SHIPPED, distributions, load
from tests.subjects.captum.adapter import Captum
from tests.subjects.known_defects import BY_SUBJECT, Modelled, defects_of
from tests.unit.running import CHECKOUT, typed

FLOORS = ("ig_conformance", "reference", "strategies", "tests")

ADAPTER = '''
import abacus

class Abacus:
    """Right, except that its trapezoid has the weights of n intervals."""

    name = "captum"
    distribution = "abacus-xai"
    device = "cpu"

    def ig(self, *arguments, **options):
        return abacus.attribute(*arguments, **options)

SUBJECT = Abacus
'''

TOOL = """
from tests.subjects.textbook import Textbook

def attribute(*arguments, method="gausslegendre", n_steps=50, **options):
    share = (n_steps - 1) / n_steps if method == "riemann_trapezoid" else 1
    return share * Textbook.ig(*arguments, method=method, n_steps=n_steps, **options)
"""

DEFECTS = """
from reference.oracle.quadrature import Rule
from reference.problem import Call, Problem
from reference.violation import Severity
from tests.subjects.known_defect import KnownDefect

def over_n(right, method):
    n = len(right)
    return Rule(right.nodes, (0.5 / n, *(1 / n,) * (n - 2), 0.5 / n)) if method == "riemann_trapezoid" else right

KNOWN_DEFECTS = (
    KnownDefect(
        id="trapezoid-of-the-abacus", distribution="abacus-xai", versions="<4", law="weights", effect="too small",
        severity=Severity.WRONG_NUMBER, upstream="unreported", rule=over_n,
        witness=Problem(call=Call(method="riemann_trapezoid", n_steps=2)),
    ),
)
"""
"""In one module, where Captum's are a package."""


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of the rule laws on a subject whose folder was added to a copy of the checkout."""
    checkout, installed = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("installed")
    for name in FLOORS:
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, checkout)
    folder = checkout / "tests" / "subjects" / "abacus"
    folder.mkdir()
    (folder / "adapter.py").write_text(ADAPTER)
    (folder / "known_defects.py").write_text(DEFECTS)
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


def test_version_of_the_distribution_is_named_in_the_verdict(verdict: dict[str, Any]) -> None:
    assert verdict["subject"] == "abacus"
    assert verdict["versions"]["abacus-xai"] == "3.1"


def test_known_defects_in_the_folder_are_witnessed_and_no_others(verdict: dict[str, Any]) -> None:
    assert [(entry["id"], entry["witnessed"]) for entry in verdict["known_defects"]] == [
        ("trapezoid-of-the-abacus", True)
    ]
    assert {law["law"]: law["outcome"] for law in verdict["laws"]} == {
        "nodes": "holds",
        "defaults": "holds",
        "weights": "known-defect",
    }


class Stranger:
    """Somebody's own subject under the name and the distribution of Captum."""

    name, distribution, device = "captum", "captum", "cpu"

    def ig(self, *arguments: Any, **options: Any) -> None: ...


def test_subject_with_the_name_of_another_one_inherits_none_of_its_defects() -> None:
    assert defects_of(Captum()) == list(BY_SUBJECT["captum"])
    assert not Modelled(Stranger()).defects


def test_relative_of_captum_in_a_module_of_its_own_inherits_none_of_its_defects() -> None:
    assert not defects_of(type("Relative", (Captum,), {"__module__": "their_module"})())


@pytest.mark.parametrize("name", SHIPPED)
def test_distribution_that_is_read_is_the_one_that_the_subject_has(name: str) -> None:
    declared = getattr(load(name), "distribution", None)
    assert {defect.distribution for defect in BY_SUBJECT.get(name, ())} <= {declared}
    assert declared is None or declared in distributions()


def test_no_module_of_the_suite_names_the_files_of_a_subject() -> None:
    """Except where a test is about that subject."""
    about = ("subjects/captum", "subjects/textbook", "subjects/oracle", "power", "upstream", "unit", "benchmarks")
    tests = CHECKOUT / "tests"
    texts = {file.relative_to(tests).as_posix(): file.read_text(encoding="utf-8") for file in tests.rglob("*.py")}
    named = [file for file, text in texts.items() if "tests.subjects.captum" in text and not file.startswith(about)]
    assert not named
