"""An error in the folder of a subject is one clear line, and only for runs on that subject."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.plugin.test_bad_input import assert_one_clear_line
from tests.unit.running import CHECKOUT, typed

FLOORS = ("ig_conformance", "reference", "strategies", "tests")

GOOD = "from tests.subjects.textbook import Textbook\n\n\nclass Mine(Textbook):\n    pass\n\n\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with one folder for each error."""
    checkout = tmp_path_factory.mktemp("checkout")
    for name in FLOORS:
        shutil.copytree(CHECKOUT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, checkout)
    for name, files in {
        "unparsed": {"adapter.py": "class Mine(:\n"},
        "nameless": {"adapter.py": GOOD},
        "exiting": {"adapter.py": "import sys\n\n\nclass SUBJECT:\n    def __init__(self):\n        sys.exit(3)\n"},
        "defective": {
            "adapter.py": GOOD + "SUBJECT = Mine\n",
            "known_defects.py": "from tests.subjects.known_defect import KnownDefect as D\n\nKNOWN_DEFECTS = (D(),)\n",
        },
        "listless": {"adapter.py": GOOD + "SUBJECT = Mine\n", "known_defects.py": "KNOWN_DEFECTS = ('one',)"},
    }.items():
        folder = checkout / "tests" / "subjects" / name
        folder.mkdir()
        for file, text in files.items():
            (folder / file).write_text(text)
    return checkout


@pytest.fixture
def run(folders: Path) -> Run:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/properties", *arguments)
        return typed(*command, cwd=folders, importable=folders, environment={"HYPOTHESIS_PROFILE": "smoke"})

    return run


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("unparsed", ["'unparsed': adapter.py, line 1: SyntaxError"]),
        pytest.param(
            "nameless", ["'nameless': adapter.py must assign the subject's class to SUBJECT"], marks=pytest.mark.night
        ),
        pytest.param("exiting", ["'exiting' cannot be loaded: SystemExit: 3"], marks=pytest.mark.night),
        ("defective", ["'defective': its known defects cannot be loaded: TypeError", "missing"]),
        pytest.param(
            "listless",
            ["'listless': its known defects cannot be loaded: TypeError: KNOWN_DEFECTS must be a tuple"],
            marks=pytest.mark.night,
        ),
    ],
)
@pytest.mark.night
def test_error_in_the_folder_is_one_clear_line(subject: str, words: list[str], run: Run) -> None:
    assert_one_clear_line(run("--subject", subject), *words)


@pytest.mark.night
def test_run_on_another_subject_is_not_concerned(run: Run) -> None:
    done = run("--subject", "textbook", "-n", "0", "-k", "test_laws and rule/defaults or test_known_defects")
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
