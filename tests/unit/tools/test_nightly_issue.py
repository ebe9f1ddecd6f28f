"""The issue of the nightly run is opened if there is none, and updated if there is one. No other issue is changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tools.nightly.__main__ import main
from tests.unit.report.test_verdict_markdown import record, violation
from tests.unit.tools.test_nightly_page import nightly

GH = """#!{python} -S
import json, os, sys
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps([arguments, sys.stdin.read() if "--body-file" in arguments else ""]) + "\\n")
if arguments[:2] == ["issue", "list"]:
    print({known!r})
if arguments[:2] == {failing!r}:
    sys.exit("gh: not allowed")
"""

Calls = list[tuple[list[str], str]]
Gh = Callable[..., Calls]


def gh_on(path: Path, log: Path, known: list[int], failing: str = "") -> None:
    """Create a `gh` in the folder `path` that lists these open issues, and logs its arguments and input."""
    listed = json.dumps([{"number": number} for number in known])
    command = path / "gh"
    command.write_text(GH.format(python=sys.executable, log=str(log), known=listed, failing=failing.split()))
    command.chmod(0o755)


def calls(log: Path) -> Calls:
    lines = log.read_text().splitlines() if log.exists() else []
    return [(arguments, given) for arguments, given in map(json.loads, lines)]


@pytest.fixture
def publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gh:
    """Run the command with these issues open. Returns the calls of `gh`."""

    def run(*known: int, status: int, failing: str = "") -> Calls:
        gh_on(tmp_path, tmp_path / "log", list(known), failing)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert main([str(tmp_path), "--issue"]) == status
        return calls(tmp_path / "log")

    return run


LIST = ["issue", "list", "--label", "nightly", "--state", "open", "--json", "number"]


@pytest.fixture
def page(tmp_path: Path) -> tuple[str, str]:
    """Title and body of a nightly run in which a law is violated."""
    first, _, body = nightly(tmp_path, first=[record("one", violation=violation())]).partition("\n\n")
    return first.removeprefix("# "), body


def test_new_issue_with_the_label_is_opened_if_none_is(publish: Gh, page: tuple[str, str]) -> None:
    title, body = page
    looked, (made, _), (opened, given) = publish(status=1)
    assert looked == (LIST, "")
    assert made[:3] == ["label", "create", "nightly"]
    assert made[-1] == "--force"
    assert opened == ["issue", "create", "--label", "nightly", "--title", title, "--body-file", "-"]
    assert given == body


@pytest.mark.parametrize("known", [[7], [12, 7]])
def test_oldest_open_issue_is_updated(known: list[int], publish: Gh, page: tuple[str, str]) -> None:
    title, body = page
    assert publish(*known, status=1) == [
        (LIST, ""),
        (["issue", "edit", "7", "--title", title, "--body-file", "-"], body),
    ]


def test_gh_is_not_called_if_no_law_is_violated(publish: Gh, tmp_path: Path) -> None:
    nightly(tmp_path)
    assert publish(7, status=0) == []


def test_inconclusive_nightly_opens_no_issue(publish: Gh) -> None:
    assert publish(status=1) == []


@pytest.mark.parametrize("failing", ["issue list", "issue create"])
def test_failing_gh_raises_one_clear_line(
    failing: str, publish: Gh, page: tuple[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    publish(status=2, failing=failing)
    assert capfd.readouterr().err.startswith(f"gh: not allowed\nnightly: gh {failing}: Command ")


def test_missing_gh_raises_one_clear_line(
    page: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([str(tmp_path), "--issue"]) == 2
    assert "nightly: gh issue list: " in capsys.readouterr().err
