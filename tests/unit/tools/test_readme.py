"""The pages are right: their links have targets, and their code runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tools.tables import PAGES, ROOT
from tests.unit.running import CHECKOUT, typed

MY_PACKAGE = """
from tests.power.faults.all_faults import FAULTS
from tests.subjects.textbook import Textbook as MyIG

# A defect for as long as the process lives: the README has it in `known`.
planted = next(fault for fault in FAULTS if fault.name == "trapezoid over n").planted()
planted.__enter__()
"""
"""The implementation that the pages import."""

MY_MODEL = """
import torch
from transformers import BertConfig, BertForSequenceClassification

torch.manual_seed(0)
config = BertConfig(vocab_size=9, hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=3)
model = BertForSequenceClassification(config).eval()
ids, baseline_ids, mask = torch.tensor([[1, 5, 2]]), torch.tensor([[1, 3, 2]]), torch.ones(1, 3, dtype=torch.long)
"""
"""The objects that the README leaves to the reader."""

EXAMPLE_OF_A_LAW = """
from reference.laws import LAWS
from reference.violation import Violation
from tests.subjects.textbook import Textbook

(fault,) = FAULTS
law = LAWS[fault.law]
law(fault.witness, Textbook())
with fault.planted():
    try:
        law(fault.witness, Textbook())
    except Violation as violation:
        print(type(violation).__name__)
"""


def blocks(page: str) -> list[str]:
    """The Python blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def run_as_test(code: str, folder: Path, *options: str) -> str:
    """The output of pytest for the code as a test file of another project."""
    (folder / "my_package.py").write_text(MY_PACKAGE, encoding="utf-8")
    (folder / "test_mine.py").write_text(code, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    run = typed(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py", *options),
        environment={"PYTHONPATH": f"{folder}:{CHECKOUT}", "HYPOTHESIS_STORAGE_DIRECTORY": str(folder)},
        cwd=folder,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_readme_has_at_most_200_lines() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 200


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_link_of_a_page_leads_to_its_target(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, heading = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), f"{page.name} links to {target}"
        if heading:
            assert heading in anchors(there), f"{page.name} links to {target}"


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_checks_a_result(tmp_path: Path) -> None:
    check, _ = blocks("README.md")
    run = typed("-c", MY_MODEL + check, environment={}, cwd=tmp_path)
    assert run.returncode == 0, run.stderr


@pytest.mark.night
def test_readme_names_a_wrong_result(tmp_path: Path) -> None:
    check, _ = blocks("README.md")
    doubled = check.replace("    numbers,\n", "    2 * numbers,\n")
    assert doubled != check
    run = typed("-c", MY_MODEL + doubled + "result.raise_for_status()", environment={}, cwd=tmp_path)
    assert "WrongAttribution: " in run.stderr


@pytest.mark.night
def test_readme_tests_an_implementation(tmp_path: Path) -> None:
    _, laws = blocks("README.md")
    printed = run_as_test(laws, tmp_path, "-k", "weights")
    assert "1 passed" in printed
    assert "1 xfailed" in printed


@pytest.mark.night
def test_strategies_draw_problems_for_another_project(tmp_path: Path) -> None:
    (test,) = blocks("strategies/README.md")
    assert "1 passed" in run_as_test(test, tmp_path)


@pytest.mark.night
def test_example_of_a_law_detects_its_fault() -> None:
    law, fault = blocks("reference/README.md")
    run = typed(
        "-c", law + fault.replace("from __future__ import annotations\n", "") + EXAMPLE_OF_A_LAW, environment={}
    )
    assert run.stdout == "SignLost\n", run.stderr
