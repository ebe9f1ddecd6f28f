"""`pip install .` gives one package with all three floors, usable beside another project's `tests`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from build_backend import renamed
from tests.unit.wheel import FLOORS, built, project, python


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return project(tmp_path / "project")


def modules(installed: Path) -> dict[str, str]:
    return {
        path.relative_to(installed).as_posix(): path.read_text(encoding="utf-8") for path in installed.rglob("*.py")
    }


def test_wheel_has_one_top_level_name(installed: Path) -> None:
    names = {path.name for path in installed.iterdir() if path.suffix != ".dist-info"}
    assert names == {"ig_conformance"}
    assert {path.name for path in (installed / "ig_conformance").iterdir() if path.is_dir()} == {*FLOORS, "command"}


def test_wheel_is_typed(installed: Path) -> None:
    assert (installed / "ig_conformance" / "py.typed").is_file()


def test_wheel_module_names_no_floor_by_its_old_name(installed: Path) -> None:
    found = modules(installed)
    inside = {f"{floor}.{path.stem}" for floor in FLOORS for path in (installed / "ig_conformance" / floor).iterdir()}
    old = re.compile(rf"(?<![\w./])(?:{'|'.join(FLOORS)})\.\w+")
    assert len(found) > 50
    for file, source in found.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom):
                assert node.level or node.module is None or node.module.split(".")[0] not in FLOORS, file
            elif isinstance(node, ast.Import):
                assert not {alias.name.split(".")[0] for alias in node.names} & set(FLOORS), file
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not inside.intersection(old.findall(node.value)), f"{file}: {node.value}"


def test_import_inside_the_wheel_finds_its_module(installed: Path) -> None:
    for file, source in modules(installed).items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ig_conformance."):
                path = installed / str(node.module).replace(".", "/")
                assert path.is_dir() or path.with_suffix(".py").is_file(), f"{file} imports {node.module}"


@pytest.mark.night
def test_wheel_modules_are_imported_without_the_old_names(installed: Path, elsewhere: Path) -> None:
    run = python(
        "-c",
        """
import importlib, pkgutil, sys
import ig_conformance
for module in pkgutil.walk_packages(ig_conformance.__path__, "ig_conformance."):
    try:
        importlib.import_module(module.name)
    except ImportError as error:  # a tool that is not installed, or is too old
        if not module.name.startswith("ig_conformance.tests.subjects.") or error.name.startswith("ig_conformance"):
            raise
from ig_conformance.reference.laws import LAWS
from ig_conformance.tests.subjects import load
print(len(LAWS) > 100, load("textbook").name, {"reference", "strategies", "tests"} & set(sys.modules))
""",
        installed=installed,
        cwd=elsewhere,
    )
    assert run.stdout.split(maxsplit=2) == ["True", "textbook", "set()\n"], run.stderr


@pytest.mark.night
def test_check_needs_torch_and_numpy_alone(installed: Path, elsewhere: Path) -> None:
    run = python(
        "-c",
        """
import importlib.abc, importlib.metadata, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("transformers", "autograd", "hypothesis", "pytest", "captum"):
            raise ModuleNotFoundError(name, name=name)

class Unknown(importlib.metadata.DistributionFinder):
    def find_distributions(self, context=importlib.metadata.DistributionFinder.Context()):
        if context.name in ("transformers", "autograd"):
            raise importlib.metadata.PackageNotFoundError(context.name)
        return []

sys.meta_path[:0] = [Missing(), Unknown()]
import torch
from ig_conformance import check_integrated_gradients

def doubled(inputs, baselines, **options):
    return 2 * inputs  # the baseline is None: zeros

def forward(points):
    return 2 * points.sum(1)

x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
check_integrated_gradients(forward, x, None, doubled, strict=True)
try:
    check_integrated_gradients(forward, x, None, 3 * x, strict=True)
except AssertionError as violation:
    print(type(violation).__name__)
""",
        installed=installed,
        cwd=elsewhere,
    )
    assert run.stdout == "WrongAttribution\n", run.stderr


def test_vectors_are_exported_and_checked_without_any_package(installed: Path, elsewhere: Path) -> None:
    run = python(
        "-c",
        """
import importlib.abc, json, pathlib, sys

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "numpy", "transformers", "autograd", "hypothesis", "pytest", "mpmath"):
            raise ModuleNotFoundError(name, name=name)

sys.meta_path[:0] = [Missing()]
from ig_conformance.command import main

assert main(["vectors", "export", "exported"]) == 0
files = [path for path in pathlib.Path("exported").glob("*.json") if path.stem not in ("flags", "schema")]
vectors = [vector for path in files for vector in json.loads(path.read_text())["vectors"]]
answers = {one["id"]: one.get("expected", {"failed": "ValueError"}) for one in vectors}
pathlib.Path("results.json").write_text(json.dumps({"declaration": {"name": "mine"}, "results": answers}))
assert main(["vectors", "check", "results.json"]) == 0
assert pathlib.Path("exported/README.md").exists() and pathlib.Path("exported/harness/jax_grad.py").exists()
""",
        installed=installed,
        cwd=elsewhere,
    )
    assert run.returncode == 0, run.stderr
    assert re.fullmatch(r"verdict   mine passes (\d+) of \1 vectors", run.stdout.splitlines()[-1])


def test_command_is_installed(installed: Path) -> None:
    (entry,) = installed.glob("*.dist-info/entry_points.txt")
    assert "ig-conformance = ig_conformance.command:main" in entry.read_text(encoding="utf-8")


PROPERTY = """
from hypothesis import Phase, given, settings

from ig_conformance import check_integrated_gradients
from ig_conformance.strategies import problems
from ig_conformance.tests.subjects.textbook import Textbook

def tried(factor):
    @settings(deadline=None, max_examples=5, derandomize=True, database=None, phases=[Phase.generate])
    @given(problem=problems(method="gausslegendre", most_steps=8))
    def test(problem):
        built, call = problem.build(), problem.call
        entry = built.embeddings
        target = list(call.target) if isinstance(call.target, tuple) else call.target
        check_integrated_gradients(
            entry.forward, entry.inputs, entry.baselines,
            lambda *ends, **options: factor * Textbook.ig(entry.forward, *ends, **options), model=built.model,
            additional_forward_args=entry.additional, target=target, method=call.method, n_steps=call.n_steps,
            accuracy=None, strict=True,
        )
    return test

tried(1)()
try:
    tried(1.5)()
except AssertionError as violation:
    print(type(violation).__name__)
"""


@pytest.mark.night
def test_strategies_draw_problems_for_hypothesis(installed: Path, elsewhere: Path) -> None:
    run = python("-c", PROPERTY, installed=installed, cwd=elsewhere)
    assert run.stdout == "WrongAttribution\n", run.stderr


PLUG_IN = """
from ig_conformance.testing import laws
from ig_conformance.tests.subjects.textbook import Textbook

class Broken(Textbook):
    def ig(self, *ends, **options):
        return 1.5 * Textbook.ig(*ends, **options)

test_right = laws(Textbook())
test_wrong = laws(Broken(), known={"weights": "factor 1.5", "nodes": "no defect"})
"""


@pytest.mark.night
def test_laws_are_one_file_in_another_test_suite(installed: Path, elsewhere: Path) -> None:
    (elsewhere / "tests" / "__init__.py").write_text("")
    (elsewhere / "tests" / "test_ig.py").write_text(PLUG_IN)
    few = "nodes or weights or in_place_forward or (test_right and input_attribution)"
    options = ["-k", few, "-rA", "-p", "no:xdist", "-p", "no:cacheprovider"]
    run = python("-m", "pytest", "tests", *options, installed=installed, cwd=elsewhere)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    lines = re.findall(r"^([A-Z]+) tests/test_ig.py::(\S+)", run.stdout, re.MULTILINE)
    found = {test: outcome for outcome, test in lines}
    assert found == {
        "test_right[nodes[gausslegendre]]": "PASSED",
        "test_right[weights[gausslegendre]]": "PASSED",
        "test_right[in_place_forward[gausslegendre]]": "PASSED",
        "test_right[input_attribution[gausslegendre]]": "PASSED",
        "test_wrong[nodes[gausslegendre]]": "FAILED",
        "test_wrong[weights[gausslegendre]]": "XFAIL",
        "test_wrong[in_place_forward[gausslegendre]]": "FAILED",
    }
    assert "law       value/in_place_forward: " in run.stdout
    assert "known defect no longer fails: remove nodes[gausslegendre]" in run.stdout


SOURCE = '''\
"""As in `tests.power`; tests.Nothing, and mytests.power, stay."""
import os, sys
from reference.laws import (
    LAWS,
)
from other.reference import tests

def f(tests):
    """reference.laws and /reference.laws"""
    from tests import power  # tests.power
    return tests.power, "tests.power:X", f"python -m tests.power {tests.power} {'reference.laws'}", "tests/power.py"
'''

RENAMED = '''\
"""As in `ig_conformance.tests.power`; tests.Nothing, and mytests.power, stay."""
import os, sys
from ig_conformance.reference.laws import (
    LAWS,
)
from other.reference import tests

def f(tests):
    """ig_conformance.reference.laws and /reference.laws"""
    from ig_conformance.tests import power  # tests.power
    return tests.power, "ig_conformance.tests.power:X", f"python -m ig_conformance.tests.power {tests.power} {'ig_conformance.reference.laws'}", "tests/power.py"
'''  # noqa: E501


def test_imports_and_strings_are_renamed_and_other_code_is_not() -> None:
    new = renamed(SOURCE, {"reference.laws", "tests.power"})
    # Before Python 3.12 an f-string is one string: code in its braces cannot be distinguished from its text.
    assert new.replace("{ig_conformance.tests.power}", "{tests.power}") == RENAMED


def test_import_that_binds_a_floor_is_an_error() -> None:
    with pytest.raises(ValueError, match="line 2: `import tests` binds a name"):
        renamed("import os\nimport tests.power\n", {"tests.power"})
