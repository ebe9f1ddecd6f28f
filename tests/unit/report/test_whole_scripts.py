"""Scripts that are the law itself, for laws that fit on no page: proven both ways on every planted fault."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from reference.laws import LAWS, Law
from reference.problem import Problem
from strategies.domain import problems_for
from tests.power.faults.all_faults import FAULTS
from tests.power.faults.fault import Fault
from tests.report.reproducer import script, write
from tests.report.script.bodies import BODIES
from tests.report.script.whole import FOLLOWED, PACKAGE
from tests.subjects import load
from tests.subjects.known_defects import KNOWN_DEFECTS, Modelled
from tests.unit.running import typed
from tests.unit.strategies.drawing import simplest

INSTALLED = {"captum", "numpy", "packaging", "torch", "transformers"}
"""What a law may need beside Python; and HIPS autograd where it checks torch itself."""

THEIRS = "tests.subjects.textbook:Textbook"
"""As somebody's own subject is named; faults are planted in it."""

WHOLE = [law for law in LAWS.values() if law.name not in BODIES and law.share == 1]
PLANTED = [fault for fault in FAULTS if fault.law not in BODIES and LAWS[fault.law].group != "stack"]
WITHOUT_FAULT = [law for law in WHOLE if law.name not in {fault.law for fault in PLANTED}]


@pytest.fixture(scope="module", autouse=True)
def embedded() -> Iterator[None]:
    """Modules that a first script imported serve the next ones, which embed the same sources; then they are gone."""
    before = [*sys.meta_path]
    yield
    sys.meta_path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def run(law: Law, problem: Problem, subject: Any) -> tuple[int, list[str]]:
    """The script's exit status, and what it says, in this process."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(SystemExit) as left:
            exec(compile(script(law, problem, subject), "reproducer", "exec"), {"__name__": "__main__"})
    return int(str(left.value.code)), said.getvalue().splitlines()


@pytest.mark.parametrize("fault", PLANTED, ids=lambda fault: fault.name)
def test_the_script_sees_the_fault_in_the_faulty_subject_alone(fault: Fault) -> None:
    law, problem, subject = LAWS[fault.law], fault.witness, load(THEIRS)
    expected = f"expected  {law.statement}"
    with fault.planted():
        status, (first, second) = run(law, problem, subject)
    assert (status, first) == (1, expected)
    assert second.startswith("got       ")
    assert second != "got       just that"
    assert run(law, problem, subject) == (0, [expected, "got       just that"])


@pytest.mark.parametrize("law", WITHOUT_FAULT, ids=lambda law: law.name)
def test_the_script_of_a_law_that_follows_from_others_holds_for_the_healthy_subject(law: Law) -> None:
    """No fault names it; torch, which the laws of the stack are about, has no fault of ours."""
    problem = simplest(problems_for(law))
    status, said = run(law, problem, load(THEIRS))
    assert (status, said) == (0, [f"expected  {law.statement}", "got       just that"])


@pytest.mark.parametrize("variant", ["tuple_output", "checkpointed"])
def test_a_law_on_a_page_is_whole_where_the_model_is_not_written_out(variant: str) -> None:
    law, problem = LAWS["input_attribution"], simplest(problems_for(LAWS["input_attribution"]))
    problem = replace(problem, model=replace(problem.model, variant=variant))
    assert "SOURCES" in script(law, problem, load(THEIRS))
    assert run(law, problem, load(THEIRS))[0] == 0


def test_rules_that_a_subject_follows_are_where_scripts_look_for_them() -> None:
    assert {defect.rule.__module__ for defect in KNOWN_DEFECTS if defect.rule} == {FOLLOWED}


def test_the_script_follows_the_rule_that_its_subject_is_known_to_follow() -> None:
    (fault,) = [fault for fault in PLANTED if fault.law == "average_gradient"]
    trapezoid = fault.witness.asking(method="riemann_trapezoid", n_steps=2)
    captum, law = load("captum"), LAWS["average_gradient"]
    assert [run(law, trapezoid, subject)[0] for subject in (captum, Modelled(captum))] == [1, 0]


@cache
def imported(code: str) -> frozenset[str]:
    """Modules, and `module.name` for whatever is taken from one."""
    nodes = list(ast.walk(ast.parse(code)))
    names = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    taken = {f"{node.module}.{name.name}" for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names}
    return frozenset(names | taken)


@pytest.mark.parametrize("law", WHOLE, ids=lambda law: law.name)
def test_the_script_embeds_all_that_it_imports_of_this_project(law: Law) -> None:
    problem = FAULTS[0].witness
    text = script(law, problem, Modelled(load("captum")))
    sources = {
        node.targets[0].slice.value: node.value.value  # type: ignore[attr-defined]
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript)
    }
    names = set[str]().union(*map(imported, (text, *sources.values())))
    own = {name for name in names if name.partition(".")[0] == PACKAGE}
    others = {name.partition(".")[0] for name in names - own}
    assert {name for name in own if not {name, name.rpartition(".")[0]} & set(sources)} == set()
    assert others <= INSTALLED | sys.stdlib_module_names | ({"autograd"} if law.group == "stack" else set())


def test_the_script_runs_alone_in_another_folder(tmp_path: Path) -> None:
    (defect,) = [defect for defect in KNOWN_DEFECTS if defect.id == "constant-vector-repeated"]
    path = write(LAWS[defect.law], defect.witness, load("captum"), folder=tmp_path)
    assert path is not None
    done = typed("-I", path.name, cwd=tmp_path, environment={})
    assert done.returncode == int(defect.present()), done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["expected", "got"]


def test_a_script_that_cannot_ask_its_subject_says_neither_yes_nor_no(tmp_path: Path) -> None:
    """And one whose words the terminal cannot print still prints them."""
    law = LAWS["average_gradient"]
    path = write(law, simplest(problems_for(law)), load(THEIRS), folder=tmp_path)
    assert path is not None
    done = typed(path.name, cwd=tmp_path, importable=tmp_path, environment={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'tests'\n")
    done = typed(path.name, cwd=tmp_path, environment={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout.splitlines()[1]) == (0, "got       just that")
