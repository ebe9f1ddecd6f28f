"""Reproducers: exit status 1 if the defect is present, 0 if it is not, 2 if the law cannot be checked."""

from __future__ import annotations

import ast
import re
import runpy
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from packaging.requirements import Requirement
from packaging.version import Version

from reference.laws import LAWS, Law
from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from strategies.domain import problems_for
from tests.plugin.night import some
from tests.power.faults.all_faults import FAULTS, looked_for
from tests.power.faults.fault import Fault
from tests.report.reproducer import Reproducer, reproducer_for
from tests.subjects import load
from tests.subjects.known_defects import Modelled
from tests.unit.installed import skip_unless_applies
from tests.unit.running import CHECKOUT, typed
from tests.unit.strategies.drawing import simplest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

WITH_FAULT = {fault.law for fault in FAULTS}
WITHOUT_FAULT = some(
    (law for law in LAWS.values() if law.share == 1 and law.name not in WITH_FAULT and law.needs & {"ig", "lig"}),
    every=12,
)
"""Corollaries have no fault of their own: each follows from laws that have one."""

SOME = some(looked_for(), every=24)
"""The faults of which a run writes scripts: all scripts are made from one page. The first ones are the canaries."""

PAGE = 60
"""The largest number of lines of a script."""

TRAPEZOID = Problem(call=Call(method="riemann_trapezoid", n_steps=2))

BERT = Problem(model=TinyBert(), data=Tokens(ids=((1, 2),), baseline=((0, 0),)))

THEIRS = """
from ig_conformance.tests.subjects.textbook import Textbook

class Healthy(Textbook):
    name = "healthy"

class Crashing:
    name, device = "crashing", "cpu"

    def ig(self, *arguments, **options):
        raise TypeError("not today")

    lig = ig

class Doubled(Textbook):
    name = "doubled"

    def ig(self, *arguments, n_steps=50, **options):
        if n_steps > 4:
            raise TypeError("not today")
        return Textbook.ig(*arguments, n_steps=n_steps, **options) * (2 if n_steps > 2 else 1)
"""
"""Subjects in a folder of their own, outside the checkout."""


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "their_ig.py").write_text(THEIRS)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "__init__.py").write_text("raise ImportError('a package `tests` of their own')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "their_ig", raising=False)
    return tmp_path


def status(law: Law, problem: Problem, subject: Any, folder: Path) -> int:
    """The exit status of the script, run in this process, so that imports run only once."""
    path = Reproducer(law, problem, subject, folder=folder).write()
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as left:
            return int(str(left.code))
    return 0


@pytest.mark.parametrize("fault", SOME, ids=lambda fault: fault.name)
def test_script_exits_with_1_only_if_the_fault_is_planted(fault: Fault, tmp_path: Path) -> None:
    skip_unless_applies(LAWS[fault.law])
    question = LAWS[fault.law], fault.witness, load("textbook"), tmp_path
    with fault.planted():
        assert status(*question) == 1
    # That law is about tools that sample. Without the fault textbook does not: the law cannot be checked.
    assert status(*question) == (2 if fault.law == "scores_on_average" else 0)


@pytest.mark.parametrize("law", WITHOUT_FAULT, ids=lambda law: law.name)
def test_script_of_a_corollary_exits_with_1_on_failure(law: Law, theirs: Path) -> None:
    skip_unless_applies(law)
    problem = simplest(problems_for(law))
    assert status(law, problem, load("their_ig:Crashing"), theirs) == 1
    assert status(law, problem, load("their_ig:Healthy"), theirs) == 0


def test_script_uses_the_modelled_rule_of_its_subject(tmp_path: Path) -> None:
    problem, law = BERT.asking(method="riemann_trapezoid", n_steps=2), LAWS["input_attribution"]
    assert status(law, problem, load("captum"), tmp_path) == 1
    assert status(law, problem, Modelled(load("captum")), tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("subject", ["captum", "their_ig:Doubled"])
@pytest.mark.parametrize("fault", some(looked_for(), every=36), ids=lambda fault: fault.name)
def test_script_is_a_page_that_imports_only_this_package(fault: Fault, subject: str, theirs: Path) -> None:
    found = 'quotes """ and backslashes \\N{" ' * 20
    text = Reproducer(LAWS[fault.law], fault.witness, Modelled(load(subject)), found).text()
    nodes = list(ast.walk(ast.parse(text)))
    imported = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} == {"sys", "ig_conformance"}
    assert len(text.splitlines()) <= PAGE


def test_script_pins_the_tested_versions_and_this_tag() -> None:
    text = Reproducer(LAWS["weights"], TRAPEZOID, load("captum")).text()
    (block,) = re.findall(r"(?m)^# /// script$\s((?:^#(?: .*)?$\s)+)^# ///$", text)
    metadata = tomllib.loads("".join(line[2:] for line in block.splitlines(keepends=True)))
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert metadata["requires-python"] == project["requires-python"]
    needed = {each.name: each for each in map(Requirement, metadata["dependencies"])}
    url = needed.pop("ig-conformance").url
    assert url == f"git+{project['urls']['Repository']}@v{project['version']}"
    pins = {name: f"=={Version(version(name)).public}" for name in ("captum", "numpy", "torch", "transformers")}
    assert {name: str(each.specifier) for name, each in needed.items()} == pins


def test_script_pins_the_tool_that_its_subject_declares() -> None:
    subject = load("textbook")
    subject.distribution = "hypothesis"
    text = Reproducer(LAWS["weights"], TRAPEZOID, subject).text()
    assert f'#     "hypothesis=={version("hypothesis")}",' in text


def test_script_names_the_law_the_violation_and_the_problem() -> None:
    text = Reproducer(LAWS["weights"], TRAPEZOID, load("captum"), found="it is off\nby much").text()
    assert f"\nlaw       rule/weights: {LAWS['weights'].statement[:40]}" in text
    assert "\nfound     it is off\n" in text
    assert "call=Call(method='riemann_trapezoid', n_steps=2),\n" in text


@pytest.mark.parametrize(("name", "expected"), [("Healthy", (0, "the law passes\n")), ("Crashing", (1, "VIOLATED "))])
@pytest.mark.night
def test_script_finds_a_subject_outside_the_checkout(name: str, expected: tuple[int, str], theirs: Path) -> None:
    """It must also print on a terminal that has only ASCII."""
    path = Reproducer(LAWS["input_attribution"], BERT, load(f"their_ig:{name}"), folder=theirs / "reproducers").write()
    done = typed(str(path), cwd=theirs, environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == expected[0], done.stderr
    assert done.stdout.startswith(expected[1])


def test_script_exits_with_2_if_the_package_is_not_installed(tmp_path: Path) -> None:
    path = Reproducer(LAWS["weights"], TRAPEZOID, load("textbook"), folder=tmp_path).write()
    done = typed("-I", "-S", path.name, cwd=tmp_path, environment={})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cannot be checked: ModuleNotFoundError: No module named 'ig_conformance'\n"


@pytest.mark.parametrize("change", ["the subject is gone", "the subject has no lig", "the model does not run"])
def test_script_exits_with_2_if_the_law_cannot_be_checked(
    change: str, theirs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    law, problem, subject = LAWS["layer_attribution"], BERT, load("their_ig:Crashing")
    if change == "the subject is gone":
        subject.origin = "their_ig:Gone"
    elif change == "the subject has no lig":
        (theirs / "their_ig.py").write_text(THEIRS.replace("lig = ig", ""))
        del sys.modules["their_ig"]
    else:
        problem = Problem(model=TinyBert(), data=Tokens(ids=((1, 99),), baseline=((0, 0),)))
    assert status(law, problem, subject, theirs) == 2
    said = capsys.readouterr()
    assert (said.out, said.err[:19], said.err.count("\n")) == ("", "cannot be checked: ", 1)


def test_law_on_a_share_of_draws_has_no_script() -> None:
    assert reproducer_for(LAWS["token_scores_differ"], BERT, load("captum")) is None


@pytest.mark.night
def test_run_writes_one_script_for_each_failure(theirs: Path) -> None:
    """Hypothesis tries many problems, but here a test has only two failures, a wrong number and a crash."""
    done = typed(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", str(CHECKOUT / "tests/properties"), "-n", "0"),
        *("--subject", "their_ig:Doubled", "-k", "test_laws and (weights-riemann_left or weights-gauss)"),
        environment={"HYPOTHESIS_PROFILE": "dev", "IG_EXAMPLES": str(theirs / "examples")},
        importable=theirs,
        cwd=theirs,
    )
    named = re.findall(r"  script    (reproducers/\S+\.py)", done.stdout)
    assert "2 failed" in done.stdout, done.stdout
    assert len(named) == len(set(named)) == 4, done.stdout
    assert {f"reproducers/{path.name}" for path in (theirs / "reproducers").iterdir()} == set(named)
