"""Bad input gives one clear line and the exit status of a usage error, never a traceback and never a pass."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.subjects import SHIPPED, UnknownSubject, check_device, load
from tests.unit.running import suite

MODULE = """
class Bare: pass
class NeedsMore:
    def __init__(self, required): pass
    def ig(self, *arguments, **options): pass
class Closed:
    __slots__ = ()
    def ig(self, *arguments, **options): pass
class Mine:
    name = "my own"
    def ig(self, *arguments, **options): pass
class OfFewArguments:
    def ig(self, forward, inputs, baselines=None, *, target=None, n_steps=50): pass
instance = Mine()
"""


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a module of subjects, good and bad, and one that raises when it is imported."""
    (tmp_path / "their_subjects.py").write_text(MODULE)
    (tmp_path / "their_broken.py").write_text("raise RuntimeError('two\\nlines')")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def assert_one_clear_line(run: subprocess.CompletedProcess[str], *words: str) -> None:
    said = [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]
    assert run.returncode == pytest.ExitCode.USAGE_ERROR, run.stdout + run.stderr
    assert len(said) == 1, said
    assert said[0].startswith("ERROR: ")
    assert all(word in said[0] for word in words), said[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--subject", "capum"], ["unknown subject 'capum'", "captum, ", "textbook, ", "module:object"]),
        pytest.param(["--fresh-seed=abc"], ["--fresh-seed must be a whole number; got 'abc'"], marks=pytest.mark.night),
        pytest.param(["--worst=/no/file"], ["--worst: /no/file is not the worst.json"], marks=pytest.mark.night),
        pytest.param(
            ["--subject", "their_broken:Subject", "-n", "2"],
            ["'their_broken:Subject'", "RuntimeError: two lines"],
            marks=pytest.mark.night,
        ),
        pytest.param(
            ["--subject", "their_subjects:OfFewArguments"],
            ["OfFewArguments.ig", "method, internal_batch_size"],
            marks=pytest.mark.night,
        ),
        pytest.param(
            ["--hypothesis-profile", "nigthly"], ["--hypothesis-profile", "'nigthly'"], marks=pytest.mark.night
        ),
        pytest.param(
            ["--verdict-json", "no/such/folder/verdict.json"],
            ["--verdict-json: the folder", "no/such/folder does not exist"],
            marks=pytest.mark.night,
        ),
        pytest.param(["--verdict-md", "tests"], ["--verdict-md", "tests is a folder"], marks=pytest.mark.night),
    ],
    ids=[
        "unknown subject",
        "seed that is no number",
        "file of worst problems that does not exist",
        "module that does not import, under xdist",
        "subject whose method lacks arguments",
        "unknown profile",
        "folder that does not exist",
        "folder instead of a file",
    ],
)
def test_bad_option_is_a_usage_error_in_one_line(arguments: list[str], words: list[str], modules: Path) -> None:
    assert_one_clear_line(suite(*arguments, importable=modules), *words)


@pytest.mark.parametrize("package", ["captum", "torch"])
def test_missing_package_is_named_in_one_line(package: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules[{package!r}] = None")
    assert_one_clear_line(suite(importable=tmp_path), package, "not installed")


@pytest.mark.night
def test_torch_too_old_for_transformers_is_a_usage_error(tmp_path: Path) -> None:
    metadata = 'Name: transformers\nVersion: 99.0\nProvides-Extra: torch\nRequires-Dist: torch>=98; extra == "torch"\n'
    (tmp_path / "transformers-99.0.dist-info").mkdir()
    (tmp_path / "transformers-99.0.dist-info" / "METADATA").write_text(metadata)
    assert_one_clear_line(suite(importable=tmp_path), "transformers 99.0 needs torch >=98", "pyproject.toml")


@pytest.mark.night
def test_unknown_profile_in_the_environment_is_a_usage_error() -> None:
    assert_one_clear_line(suite(HYPOTHESIS_PROFILE="nigthly"), "HYPOTHESIS_PROFILE", "'nigthly'")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("capum", f"choose one of {', '.join(SHIPPED)}, or give module:object"),
        ("their_subjects:", "choose one of"),
        (":Mine", "choose one of"),
        ("not_here_at_all:Mine", "needs the module 'not_here_at_all', which is not installed here"),
        ("their_broken:Mine", "cannot be loaded: RuntimeError: two lines"),
        ("their_subjects:Yours", "has no attribute 'Yours'"),
        ("their_subjects:NeedsMore", "cannot be loaded: TypeError"),
        ("their_subjects:Bare", "has none of the methods ig, lig, scores, nodes, edges"),
        ("their_subjects:OfFewArguments", "OfFewArguments.ig does not take the argument(s) additional_forward_args, "),
        ("their_subjects:Closed", "must let its attributes be set"),
    ],
)
def test_subject_that_cannot_be_loaded_raises_one_clear_line(name: str, words: str, modules: Path) -> None:
    with pytest.raises(UnknownSubject) as raised:
        load(name)
    assert words in str(raised.value)
    assert repr(name) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_import_error_of_a_subject_is_shown_in_full(modules: Path) -> None:
    reason = " ".join(f"word{number}" for number in range(200))
    (modules / "their_long_story.py").write_text(f"raise ImportError({reason!r})")
    with pytest.raises(UnknownSubject, match=f"ImportError: {reason}$"):
        load("their_long_story:Mine")


@pytest.mark.parametrize("name", ["their_subjects:Mine", "their_subjects:instance"])
def test_class_or_instance_is_loaded_and_keeps_its_name(name: str, modules: Path) -> None:
    subject = load(name)
    assert (subject.name, subject.origin, subject.device) == ("my own", name, "cpu")


def test_unknown_device_raises_one_clear_line() -> None:
    with pytest.raises(UnknownSubject, match=r"^no device 'abacus' here: RuntimeError: [^\n]+$"):
        check_device("abacus")
