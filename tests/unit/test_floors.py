"""import-linter guards the floors: an import that goes up, or to a forbidden library, fails."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LINTER = pytest.importorskip("importlinter", reason="import-linter is installed with the group lint")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its floors, with their contracts."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copy2(ROOT / "pyproject.toml", folder)
    for floor in ("ig_conformance", "reference", "strategies", "tests"):
        shutil.copytree(ROOT / floor, folder / floor, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def lint(tree: Path) -> str:
    """The output of import-linter on the copy: the current directory is first on its path."""
    run = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in (0, 1), run.stderr
    broken = "broken" if run.returncode else "kept"
    return f"{broken}\n{run.stdout}"


def test_unchanged_floors_pass(tree: Path) -> None:
    output = lint(tree)
    assert output.startswith("kept"), output
    assert "Contracts: 4 kept, 0 broken." in output


@pytest.mark.parametrize(
    ("module", "statement", "contract"),
    [
        ("reference/problem.py", "from tests import subjects", "Imports only go down"),
        ("strategies/grids.py", "import tests.report.words", "Imports only go down"),
        ("tests/report/words.py", "import ig_conformance", "Imports only go down"),
        ("reference/problem.py", "import hypothesis", "reference does not import pytest or hypothesis"),
        ("reference/laws/rule.py", "    import pytest", "reference does not import pytest or hypothesis"),
        ("strategies/grids.py", "import captum", "reference and strategies do not import captum"),
        ("tests/report/words.py", "from captum import attr", "tests import captum only in the subject"),
    ],
)
def test_planted_import_fails(tree: Path, module: str, statement: str, contract: str) -> None:
    path = tree / module
    own = path.read_text(encoding="utf-8")
    inside = "\n\ndef planted() -> None:\n" if statement.startswith(" ") else "\n"
    path.write_text(f"{own}{inside}{statement}\n", encoding="utf-8")
    try:
        output = lint(tree)
    finally:
        path.write_text(own, encoding="utf-8")
    assert output.startswith("broken"), output
    assert f"\n{contract}" in output.partition("\nBroken contracts\n")[2], output
