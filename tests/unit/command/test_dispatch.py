"""The dispatcher of `ig-conformance` knows each module of its package, and imports no library."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from ig_conformance.command import COMMANDS, main, parser
from tests.unit.running import CHECKOUT


def test_help_lists_each_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert COMMANDS
    assert all(name in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_is_described_by_the_first_line_of_its_module(name: str) -> None:
    first = str(import_module(f"ig_conformance.command.{name}").__doc__).splitlines()[0]
    assert " ".join(first.rstrip(".").split()[:4]) in " ".join(parser().format_help().split())


def test_unknown_command_gives_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["nothing"])
    assert stopped.value.code == 2
    assert "nothing" in capsys.readouterr().err


def test_help_loads_no_library() -> None:
    libraries = "torch", "numpy", "transformers", "hypothesis", "pytest", "autograd"
    start = "import sys\nfrom ig_conformance.command import parser\nparser()"
    code = f"{start}\nprint([name for name in {libraries!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
