"""The profiles are the same on a person's machine and on CI, where Hypothesis has other defaults.

Each run is a new process, because Hypothesis looks for CI when it is imported.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reference.laws import LAWS
from reference.oracle.quadrature import METHODS
from tests.plugin import night
from tests.plugin.night import some
from tests.properties.explicit import explicit_of
from tests.properties.test_laws import PRIMARY, PRIMARY_CASES
from tests.unit.running import suite, typed

PROJECT = """
import json, sys
from hypothesis import given, settings, strategies as st
from tests.plugin.night import some
from tests.plugin.profiles import register

register()
chosen = settings.get_current_profile_name()
limit, *profiles = map(json.loads, sys.argv[1:])
runs = {}
for profile in profiles:
    settings.load_profile(profile)
    met = []

    @given(st.integers(0, 10**9))
    def small(number):
        met.append(number)
        assert number < limit, f"found {number}"

    try:
        small()
    except AssertionError as error:
        found = str(error)
    else:
        found = ""
    runs[profile] = {"met": met, "found": found, "deadline": settings.default.deadline}
print(json.dumps({"chosen": chosen, "runs": runs}))
"""
"""A property that fails from `limit` on. Prints its problems and the smallest failing one, for each profile."""

HEALTHY = 10**9 + 1
LIMIT = 1000

MACHINES = {"a person's": {}, "CI": {"CI": "true"}, "GitHub's": {"CI": "true", "GITHUB_ACTIONS": "true"}}

Runs = dict[str, dict[str, Any]]
RunProfiles = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def run_profiles(tmp_path_factory: pytest.TempPathFactory) -> RunProfiles:
    """One run of the property under some profiles, in a new process."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "project.py").write_text(PROJECT)

    def run(limit: int, *profiles: str, examples: Path, **environment: str) -> dict[str, Any]:
        arguments = (json.dumps(argument) for argument in (limit, *profiles))
        done = typed("project.py", *arguments, cwd=folder, environment={"IG_EXAMPLES": str(examples), **environment})
        assert done.returncode == 0, done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    return run


@pytest.fixture(scope="module", params=some(MACHINES.values()), ids=[*MACHINES])
def two_runs(
    request: pytest.FixtureRequest, run_profiles: RunProfiles, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Runs, Runs]:
    """Two runs of a property that passes, on one machine."""
    examples = tmp_path_factory.mktemp("examples")
    profiles = ("dev", "pr", "smoke", "nightly")
    first, second = (run_profiles(HEALTHY, *profiles, examples=examples, **request.param)["runs"] for _ in range(2))
    return first, second


@pytest.mark.parametrize(("profile", "problems"), [pytest.param("pr", 50, marks=pytest.mark.night), ("smoke", 5)])
def test_pr_and_smoke_draw_the_same_problems_in_every_run(
    profile: str, problems: int, two_runs: tuple[Runs, Runs]
) -> None:
    first, second = two_runs
    assert first[profile]["met"] == second[profile]["met"]
    assert len(first[profile]["met"]) == problems


@pytest.mark.parametrize(("profile", "problems"), [("dev", 50), ("nightly", 2000)])
def test_dev_and_nightly_explore_other_problems_in_every_run(
    profile: str, problems: int, two_runs: tuple[Runs, Runs]
) -> None:
    first, second = (set(run[profile]["met"]) for run in two_runs)
    assert len(first | second) > 1.5 * max(len(first), len(second))
    assert len(two_runs[0][profile]["met"]) == problems


def test_no_profile_has_a_deadline(two_runs: tuple[Runs, Runs]) -> None:
    assert {run["deadline"] for run in two_runs[0].values()} == {None}


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({}, "dev"),
        ({"CI": "true"}, "pr"),
        ({"CI": "true", "HYPOTHESIS_PROFILE": "nightly"}, "nightly"),
        ({"HYPOTHESIS_PROFILE": "smoke"}, "smoke"),
    ],
    ids=["a person", "CI", "named on CI", "named by a person"],
)
def test_default_profile_depends_on_the_environment(
    environment: dict[str, str], chosen: str, run_profiles: RunProfiles, tmp_path: Path
) -> None:
    assert run_profiles(HEALTHY, examples=tmp_path, **environment)["chosen"] == chosen


@pytest.mark.parametrize("machine", some(MACHINES))
def test_failing_example_of_nightly_fails_first_in_the_next_run(
    machine: str, run_profiles: RunProfiles, tmp_path: Path
) -> None:
    first, second = (
        run_profiles(LIMIT, "nightly", examples=tmp_path, **MACHINES[machine])["runs"]["nightly"] for _ in range(2)
    )
    assert first["found"] == second["found"] == f"found {LIMIT}"
    assert first["met"][0] != LIMIT
    assert second["met"][0] == LIMIT


@pytest.mark.parametrize(("profile", "limit"), [("pr", LIMIT), ("smoke", 0)])
def test_pr_and_smoke_store_no_failing_example(
    profile: str, limit: int, run_profiles: RunProfiles, tmp_path: Path
) -> None:
    assert run_profiles(limit, profile, examples=tmp_path)["runs"][profile]["found"] == f"found {limit}"
    assert not list(tmp_path.rglob("*"))


def test_primary_law_runs_per_method_or_once_without_a_subject() -> None:
    assert {law.name: [method for other, _, method in PRIMARY_CASES if other is law] for law in PRIMARY} == {
        law.name: list(METHODS) if law.by_method else [None] for law in PRIMARY
    }
    assert {law.name for law in PRIMARY if not law.needs} == {*("forward_of_bert", "gradient_of_bert", "same_function")}


@pytest.mark.night
def test_law_gets_fewer_problems_if_it_looks_at_one_option_or_follows_from_another(tmp_path: Path) -> None:
    file = tmp_path / "verdict.json"
    examples = len(explicit_of(LAWS["nodes"], None))
    laws = {"nodes": 5 * 20 + examples, "flags": 5 * 5, "n_steps_positive": 5 * 5, "shares_of_layers": 15}
    chosen = " or ".join(laws)
    done = suite(
        *("-n", "0", "--subject", "textbook", "--hypothesis-profile", "pr", "--verdict-json", str(file)),
        *("-k", f"test_laws and ({chosen})"),
    )
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    assert {law["law"]: law["problems"] for law in json.loads(file.read_text())["laws"]} == laws


@pytest.mark.parametrize(("asked", "skipped"), [("", True), ("not slow", True), ("night", False)])
def test_test_marked_night_is_skipped_unless_asked_for(asked: str, skipped: bool) -> None:
    class Item:
        def __init__(self, *marks: str) -> None:
            self.marks = [*marks]

        def get_closest_marker(self, name: str) -> str | None:
            return name if name in self.marks else None

        def add_marker(self, mark: pytest.MarkDecorator) -> None:
            self.marks.append(mark.name)

    items: list[Any] = [Item("night"), Item()]
    night.pytest_collection_modifyitems(SimpleNamespace(getoption=lambda name: asked), items)  # type: ignore[arg-type]
    assert ["skip" in item.marks for item in items] == [skipped, False]
