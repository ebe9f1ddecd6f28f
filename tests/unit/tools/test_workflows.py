"""The workflows agree with tox.ini, the options and each other. zizmor checks everything else, in `tox -e lint`."""

from __future__ import annotations

import re
from configparser import ConfigParser
from importlib.util import find_spec
from typing import Any

import pytest

from tests.tools.nightly.environments import TOX, matrix
from tests.unit.running import CHECKOUT
from tests.unit.tools.workflows import PATHS, WORKFLOWS, step, steps

ON: Any = True
"""The key `on`, as YAML 1.1 parses it."""

JOBS = {f"{workflow}/{name}": job for workflow in WORKFLOWS for name, job in WORKFLOWS[workflow]["jobs"].items()}

NIGHTLY, PULL_REQUEST = (JOBS[name]["strategy"]["matrix"]["include"] for name in ("nightly/search", "pull-request/tox"))


def tox() -> ConfigParser:
    read = ConfigParser(interpolation=None)
    read.read(TOX, encoding="utf-8")
    return read


def environments() -> set[str]:
    """The environments that tox.ini lists, and those with their own section."""
    read = tox()
    return {*read["tox"]["env_list"].split(), *(name.removeprefix("testenv:") for name in read.sections())}


def tools() -> set[str]:
    """The environments of tools, each with the subjects that it tries."""
    (listed,) = re.findall(r"testenv:tool-\{(.*?)\}", " ".join(tox().sections()))
    return {f"tool-{name}" for name in listed.split(",")}


@pytest.mark.parametrize("job", JOBS)
def test_job_has_a_time_limit(job: str) -> None:
    assert "timeout-minutes" in JOBS[job]


def test_time_box_ends_before_its_step_and_its_job() -> None:
    """The verdict is written after the time box. The examples are saved after the step."""
    (box,) = re.findall(r"inputs\.minutes \|\| (\d+)", step("nightly", "Search")["env"]["MINUTES"])
    default = WORKFLOWS["nightly"][ON]["workflow_dispatch"]["inputs"]["minutes"]["default"]
    job = JOBS["nightly/search"]
    before = sum(one.get("timeout-minutes", 0) for one in job["steps"])
    assert int(box) == default < step("nightly", "Search")["timeout-minutes"] < before < job["timeout-minutes"]


def test_nightly_runs_the_environments_of_the_matrix() -> None:
    assert [one["environment"] for one in NIGHTLY] == matrix()


@pytest.mark.parametrize("one", [*NIGHTLY, *PULL_REQUEST], ids=lambda one: one["environment"])
def test_environment_is_known_to_tox_and_has_its_python(one: dict[str, str]) -> None:
    assert one["environment"] in environments()
    named = re.match(r"py\d+", one["environment"])
    assert f"py{one['python'].replace('.', '')}" == (named[0] if named else "py311")


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_commands_files_and_options_of_a_script_exist(workflow: str, pytestconfig: pytest.Config) -> None:
    for script in (one["run"].replace("\\\n", " ") for one in steps(workflow) if "run" in one):
        for environment in re.findall(r"tox -e ([\w.-]+)", script):
            assert environment in environments()
        for module in re.findall(r"python3? -m (tests\S*)", script):
            assert find_spec(f"{module}.__main__"), f"{module} is no command"
        for path in re.findall(r"\btests/\S*", script):
            assert (CHECKOUT / path).exists(), path
        for options in re.findall(r"tox -e \S+ -- ([^|]*)", script):
            for option in re.findall(r"--\w[\w-]*", options):
                pytestconfig.getoption(option)  # raises if the option is unknown


def test_nightly_restores_and_uploads_the_examples_that_it_saves() -> None:
    restored, saved, uploaded = (
        step("nightly", name)["with"]
        for name in (
            "Restore the failing examples of earlier runs",
            "Save the failing examples for later runs",
            "Upload the failing examples",
        )
    )
    assert (restored["path"], restored["key"]) == (saved["path"], saved["key"])
    assert saved["key"].startswith(restored["restore-keys"])
    assert uploaded["path"].startswith(f"{saved['path']}/")


def test_last_job_downloads_what_the_search_uploads() -> None:
    uploaded = step("nightly", "Upload the verdict, the log and the reproducers")["with"]["name"]
    downloaded = next(
        one["with"] for one in JOBS["nightly/report"]["steps"] if "download-artifact@" in one.get("uses", "")
    )
    assert uploaded.startswith(downloaded["pattern"].removesuffix("*"))
    assert f"tests.tools.nightly {downloaded['path']} " in step("nightly", "Report")["run"]


def test_lint_checks_the_schema_of_every_workflow() -> None:
    (checked,) = re.findall(r"check-jsonschema .*", tox()["testenv:lint"]["commands"])
    assert sorted(checked.split()[3:]) == [str(path.relative_to(CHECKOUT)) for path in PATHS.values()]


def test_scoreboard_has_the_verdicts_of_all_environments_and_is_published() -> None:
    assert {one["environment"] for one in JOBS["nightly/tools"]["strategy"]["matrix"]["include"]} == tools()
    uploaded = step("nightly", "Upload the verdicts of the tool")["with"]
    assert uploaded["path"].splitlines()[0] == ".tox/${{ matrix.environment }}/verdicts/"
    assert uploaded["name"].startswith("tools-")
    made = step("nightly", "Make the site")["run"]
    assert "scoreboard -- site verdicts --worst worst.json" in made
    assert step("nightly", "Upload the site")["with"]["path"] in made
    assert JOBS["nightly/publish"]["needs"] == "scoreboard"


def test_largest_errors_of_all_nights_are_restored_and_saved_under_one_name() -> None:
    saved = step("nightly", "Save the largest errors for later nights")["with"]
    for name in ("Restore the problems with the largest errors", "Restore the largest errors of earlier nights"):
        restored = step("nightly", name)["with"]
        assert (restored["path"], restored["key"]) == (saved["path"], saved["key"])
        assert saved["key"].startswith(restored["restore-keys"])
    assert f"--worst={saved['path']}" in step("nightly", "Search")["run"]
