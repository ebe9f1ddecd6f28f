"""The workflows: least permissions, pinned actions, an end in time, and nothing called that is not there.

Their schema is checked by `tox -e lint`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from configparser import ConfigParser
from importlib.util import find_spec
from itertools import product
from typing import Any

import pytest

from tests.tools.nightly.legs import TOX, matrix
from tests.unit.running import CHECKOUT
from tests.unit.tools.workflows import PATHS, WORKFLOWS, step, steps

workflows = pytest.mark.parametrize("workflow", WORKFLOWS)
JOBS = [(workflow, job) for workflow in WORKFLOWS for job in WORKFLOWS[workflow]["jobs"]]
jobs = pytest.mark.parametrize(("workflow", "job"), JOBS, ids=map("/".join, JOBS))

ON: Any = True
"""What YAML 1.1 makes of the key `on`."""


def tox() -> ConfigParser:
    read = ConfigParser(interpolation=None)
    read.read(TOX, encoding="utf-8")
    return read


def environments() -> set[str]:
    """Every environment that tox.ini knows: those it lists, and those with a section of their own."""
    sections = [name.removeprefix("testenv:") for name in tox().sections() if name.startswith("testenv:")]
    written = [*tox()["tox"]["env_list"].split(), *sections]
    return {name for one in written for name in spelled_out(one)}


def spelled_out(name: str) -> Iterator[str]:
    """`captum{060,070}` is two environments."""
    parts = [part.split(",") for part in re.split(r"[{}]", name)]
    return map("".join, product(*parts))


def legs(workflow: str) -> list[dict[str, str]]:
    return [
        leg
        for job in WORKFLOWS[workflow]["jobs"].values()
        for leg in job.get("strategy", {}).get("matrix", {}).get("include", ())
    ]


def scripts(workflow: str) -> list[str]:
    return [step["run"].replace("\\\n", " ") for step in steps(workflow) if "run" in step]


@workflows
def test_every_action_is_pinned_by_its_hash_beside_its_version(workflow: str) -> None:
    used = re.findall(r"uses: (.*)", PATHS[workflow].read_text(encoding="utf-8"))
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_an_action_is_at_one_version_in_all_workflows() -> None:
    versions = defaultdict(set)
    for path in PATHS.values():
        for action, pin in re.findall(r"uses: ([\w-]+/[\w-]+)\S*@(.*)", path.read_text(encoding="utf-8")):
            versions[action].add(pin)
    assert {action for action, pins in versions.items() if len(pins) > 1} == set()


@workflows
def test_a_workflow_may_read_the_checkout_and_nothing_more(workflow: str) -> None:
    assert WORKFLOWS[workflow]["permissions"] == {"contents": "read"}


@jobs
def test_no_job_may_do_more_but_the_last_of_the_night_which_writes_an_issue(workflow: str, job: str) -> None:
    more = {"contents": "read", "issues": "write"} if (workflow, job) == ("nightly", "tell") else None
    assert WORKFLOWS[workflow]["jobs"][job].get("permissions") == more


@workflows
def test_no_checkout_keeps_its_token(workflow: str) -> None:
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert {step["with"]["persist-credentials"] for step in checkouts} == {False}


@workflows
def test_no_expression_stands_in_a_script(workflow: str) -> None:
    """A script gets its values by its environment: what is in a name is then never run."""
    assert [script for script in scripts(workflow) if "${{" in script] == []


@jobs
def test_a_job_ends_in_time(workflow: str, job: str) -> None:
    assert "timeout-minutes" in WORKFLOWS[workflow]["jobs"][job]


def test_the_time_box_ends_before_its_step_and_that_before_its_job() -> None:
    """The verdict is written after the box, the finds are saved after the step."""
    (box,) = re.findall(r"inputs\.minutes \|\| (\d+)", step("nightly", "Search")["env"]["MINUTES"])
    asked = WORKFLOWS["nightly"][ON]["workflow_dispatch"]["inputs"]["minutes"]["default"]
    job = WORKFLOWS["nightly"]["jobs"]["search"]
    before = sum(step.get("timeout-minutes", 0) for step in job["steps"])
    assert int(box) == asked < step("nightly", "Search")["timeout-minutes"] < before < job["timeout-minutes"]


def test_the_night_searches_on_every_leg_of_the_matrix() -> None:
    assert [leg["leg"] for leg in legs("nightly")] == matrix()


@pytest.mark.parametrize("leg", [*legs("nightly"), *legs("pull-request")], ids=lambda leg: leg["leg"])
def test_a_leg_is_an_environment_of_tox_on_its_python(leg: dict[str, str]) -> None:
    assert leg["leg"] in environments()
    named = re.match(r"py\d+", leg["leg"])
    assert f"py{leg['python'].replace('.', '')}" == (named[0] if named else "py311")


@workflows
def test_what_a_script_calls_is_there(workflow: str, pytestconfig: pytest.Config) -> None:
    for script in scripts(workflow):
        for environment in re.findall(r"tox -e ([\w.-]+)", script):
            assert environment in environments()
        for module in re.findall(r"python3? -m (tests\S*)", script):
            assert find_spec(f"{module}.__main__"), f"{module} is no command"
        for path in re.findall(r"\btests/\S*", script):
            assert (CHECKOUT / path).exists(), path
        for options in re.findall(r"tox -e \S+ -- ([^|]*)", script):
            for option in re.findall(r"--\w[\w-]*", options):
                pytestconfig.getoption(option)  # an unknown one raises


def test_the_night_begins_at_an_odd_minute_or_when_asked() -> None:
    on = WORKFLOWS["nightly"][ON]
    minutes = [int(schedule["cron"].split()[0]) for schedule in on["schedule"]]
    assert minutes
    assert all(minute % 2 for minute in minutes)
    assert "workflow_dispatch" in on


def test_no_night_runs_beside_another_one_nor_ends_it() -> None:
    assert WORKFLOWS["nightly"]["concurrency"] == {"group": "nightly", "cancel-in-progress": False}


def test_the_canary_comes_before_the_search_which_does_not_begin_without_it() -> None:
    named = [step.get("name") for step in steps("nightly")]
    assert named.index("Canary") < named.index("Search")
    assert "test_canary.py" in step("nightly", "Canary")["run"]
    assert [
        key for name in ("Canary", "Search") for key in step("nightly", name) if key in ("if", "continue-on-error")
    ] == []


def test_what_a_night_found_is_saved_and_handed_over_however_it_ends() -> None:
    for action in ("actions/cache/save@", "actions/upload-artifact@"):
        assert {one["if"] for one in steps("nightly") if one.get("uses", "").startswith(action)} == {"always()"}


def test_each_leg_of_each_attempt_has_its_own_examples_and_artifact() -> None:
    restored, saved, handed = (
        step("nightly", name)["with"]
        for name in (
            "Restore the examples of earlier nights",
            "Save the examples for the nights to come",
            "Hand over the verdict, the log and the reproducers",
        )
    )
    assert (restored["path"], restored["key"]) == (saved["path"], saved["key"])
    assert saved["key"].startswith(restored["restore-keys"])
    for name in (saved["path"], restored["restore-keys"]):
        assert "${{ matrix.leg }}" in name
    for name in (saved["key"], handed["name"]):
        assert {"${{ matrix.leg }}", "${{ github.run_attempt }}"} <= set(re.findall(r"\$\{\{.*?\}\}", name))


def test_the_last_job_looks_at_what_the_legs_handed_over_also_where_some_failed() -> None:
    search, tell = (WORKFLOWS["nightly"]["jobs"][name] for name in ("search", "tell"))
    assert search["strategy"]["fail-fast"] is False
    assert tell["needs"] == "search"
    assert tell["if"] == "${{ !cancelled() && needs.search.result != 'skipped' }}"
    (fetched,) = (
        step["with"] for step in tell["steps"] if step.get("uses", "").startswith("actions/download-artifact@")
    )
    handed = step("nightly", "Hand over the verdict, the log and the reproducers")["with"]["name"]
    assert handed.startswith(fetched["pattern"].removesuffix("*"))
    assert f"tests.tools.nightly {fetched['path']} " in step("nightly", "Tell")["run"]


def test_lint_checks_the_schema_of_every_workflow() -> None:
    (checked,) = re.findall(r"check-jsonschema .*", tox()["testenv:lint"]["commands"])
    assert sorted(checked.split()[3:]) == [str(path.relative_to(CHECKOUT)) for path in PATHS.values()]
