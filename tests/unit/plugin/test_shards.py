"""`--shard 2/8`: machines that search together draw other problems, each the same ones again, and lose no find."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.plugin.reporting import pytest_report_header
from tests.plugin.shards import shard
from tests.unit.plugin.test_bad_input import assert_one_clear_line
from tests.unit.running import suite, typed

PROJECT = {
    "conftest.py": """
from tests.plugin.profiles import register

register()
pytest_plugins = ["tests.plugin.shards"]
""",
    "test_project.py": """
import json, os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

MET = {}
NUMBERS = st.integers(0, 10**9)

def meet(name, number):
    MET.setdefault(name, []).append(number)

@pytest.mark.parametrize("case", ["one case", "another case"])
@given(number=NUMBERS)
def test_property(case, number):
    meet(case, number)

def test_that_makes_a_property(sharded):
    @sharded
    @given(NUMBERS)
    def inside(number):
        meet("inside a test", number)
    inside()

def test_that_writes():
    Path("met.json").write_text(json.dumps(MET))

@pytest.mark.skipif("FAILS" not in os.environ, reason="only where asked")
@given(NUMBERS)
def test_that_fails(number):
    assert number < 1000
""",
}

Met = dict[str, list[int]]
Search = Callable[..., Met]


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    """What the properties of a project met in one run with some options."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in PROJECT.items():
        (folder / name).write_text(text)

    def run(*options: str, expected: int = 0, **environment: str) -> Met:
        done = typed("-m", "pytest", "-q", *options, cwd=folder, environment=environment)
        assert done.returncode == expected, done.stdout + done.stderr
        met: Met = json.loads((folder / "met.json").read_text())
        return met

    return run


@pytest.fixture(scope="module")
def drawn(search: Search) -> Callable[..., Met]:
    """The same, each run once."""
    return cache(search)


PR, SEEDED = ("--hypothesis-profile=pr",), ("--hypothesis-profile=dev", "--hypothesis-seed=1")


@pytest.mark.parametrize("options", [PR, SEEDED], ids=["pr", "dev from a seed"])
@pytest.mark.parametrize("name", ["one case", "another case", "inside a test"])
def test_each_shard_draws_as_many_problems_as_a_run_and_others_than_the_other_shard(
    options: tuple[str, ...], name: str, drawn: Callable[..., Met]
) -> None:
    first, second = (drawn(*options, f"--shard={part}")[name] for part in ("1/2", "2/2"))
    assert len(first) == len(second) == 50
    assert len({*first, *second}) > 1.5 * max(len({*first}), len({*second}))


@pytest.mark.parametrize("options", [PR, SEEDED], ids=["pr", "dev from a seed"])
def test_a_shard_draws_other_problems_for_each_test(options: tuple[str, ...], drawn: Callable[..., Met]) -> None:
    first, second, third = drawn(*options, "--shard=1/2").values()
    assert len({*first, *second, *third}) > 2 * max(len({*one}) for one in (first, second, third))


def test_a_shard_of_pr_draws_the_same_problems_in_every_run(search: Search, drawn: Callable[..., Met]) -> None:
    assert search(*PR, "--shard=1/2") == drawn(*PR, "--shard=1/2")


def test_a_shard_of_a_random_search_keeps_its_finds(search: Search, tmp_path: Path) -> None:
    failed = pytest.ExitCode.TESTS_FAILED
    search("--hypothesis-profile=dev", "--shard=1/2", expected=failed, FAILS="1", IG_EXAMPLES=str(tmp_path))
    assert [file for file in tmp_path.rglob("*") if file.is_file()]


@pytest.mark.parametrize("text", ["0/8", "9/8", "x", "3", "/8", "3/", "-1/8", "3/8/9", "1.5/8", " 3/8", ""])
def test_what_is_no_shard_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(
        pytest.UsageError, match=rf"^--shard: '{text}' is no shard: say 1/8 for the first of eight[^\n]+$"
    ):
        shard(text)


@pytest.mark.parametrize("text", ["1/1", "3/8", "8/8", "10/16"])
def test_a_shard_of_so_many_is_one(text: str) -> None:
    assert shard(text) == text


def test_the_suite_refuses_what_is_no_shard() -> None:
    assert_one_clear_line(suite("--shard", "9/8"), "--shard", "'9/8'", "say 1/8")


@pytest.mark.parametrize(("part", "said"), [("3/8", ", shard 3/8, "), (None, "")], ids=["3/8", "none"])
def test_the_header_names_the_shard(part: str | None, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    options = {"--shard": part, "subject": "captum", "device": "cpu"}
    config: Any = SimpleNamespace(getoption=options.__getitem__)
    header = pytest_report_header(config)[0]
    assert said in header
    assert ("shard" in header) == (part is not None)
