"""`IG_EXAMPLES`: failing examples are stored by environment and subject; those of a nightly run can be replayed."""

from __future__ import annotations

import shutil
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis.database import ExampleDatabase, GitHubArtifactDatabase

from tests.plugin.examples import ARTIFACT, BadExamples, examples
from tests.unit.plugin.test_bad_input import assert_one_clear_line
from tests.unit.running import suite
from tests.unit.tools.workflows import step

KEY, EXAMPLE = b"a test", b"an example"

HERE = "github:us/ours"


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in a new folder, with a token and without network."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_TOKEN", "a token")
    monkeypatch.setattr(GitHubArtifactDatabase, "_fetch_artifact", lambda self: None)


def opened(where: str = "", environment: str = "", subject: str = "captum", device: str = "cpu") -> ExampleDatabase:
    with pytest.MonkeyPatch.context() as there:
        there.setenv("IG_EXAMPLES", where)
        there.setenv("TOX_ENV_NAME", environment)
        return examples(subject, device)


def downloaded(folder: Path, repository: str = "us/ours", artifact: str = ARTIFACT) -> None:
    """Create the file of a download: a zip of the folder, named after the current time."""
    now = datetime.now(timezone.utc).isoformat().replace(":", "_")
    shutil.make_archive(f".hypothesis/github/{repository}/{artifact}/{now}", "zip", folder)


@pytest.mark.parametrize("where", ["", HERE], ids=["alone", "beside GitHub"])
@pytest.mark.parametrize(
    "elsewhere",
    [{"subject": "textbook"}, {"device": "cuda"}, {"environment": "py310-torch2.1"}],
    ids=["another subject", "another device", "another tox environment"],
)
def test_example_of_another_run_is_neither_tried_nor_deleted(
    elsewhere: dict[str, str], where: str, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    downloaded(empty)
    opened().save(KEY, EXAMPLE)
    there = opened(where, **elsewhere)
    assert list(there.fetch(KEY)) == []
    there.delete(KEY, EXAMPLE)
    assert list(opened().fetch(KEY)) == [EXAMPLE]


def test_artifact_of_the_nightly_run_is_replayed_and_never_written(tmp_path: Path) -> None:
    """The folder that the workflow uploads is the folder where the nightly's own run stores its examples."""
    environment = ARTIFACT.removeprefix("examples-")
    opened(environment=environment).save(KEY, EXAMPLE)
    upload = step("nightly", "Upload the failing examples")["with"]
    assert upload["name"].replace("${{ matrix.environment }}", environment) == ARTIFACT
    downloaded(Path(upload["path"].replace("${{ matrix.environment }}", environment)))
    developer = opened(HERE)
    assert list(developer.fetch(KEY)) == [EXAMPLE]
    developer.delete(KEY, EXAMPLE)
    assert list(opened(HERE).fetch(KEY)) == [EXAMPLE]


def test_artifact_can_be_named_and_belongs_to_its_repository(tmp_path: Path) -> None:
    opened(environment="other").save(KEY, EXAMPLE)
    downloaded(Path(".hypothesis/other/captum-on-cpu"), artifact="mine")
    assert list(opened(f"{HERE}/mine").fetch(KEY)) == [EXAMPLE]
    for elsewhere in (HERE, "github:us/theirs/mine"):
        with pytest.raises(BadExamples, match="Couldn't acquire a new or existing artifact"):
            opened(elsewhere)


def test_artifact_that_is_not_a_zip_raises() -> None:
    downloaded(Path("."))
    (archive,) = Path(".hypothesis").rglob("*.zip")
    archive.write_bytes(b"no zip")
    with pytest.raises(BadExamples, match=r"^github:us/ours: The downloaded artifact from GitHub is invalid"):
        opened(HERE)


@pytest.mark.parametrize("where", ["github:", "github:us", "github:us/ours/a/b", "github:us/", "redis://host:6379/0"])
def test_value_that_is_neither_folder_nor_repository_raises(where: str) -> None:
    with pytest.raises(BadExamples, match=r"^must be a folder or github:OWNER/REPO\[/ARTIFACT\]; got '[^\n]+'$"):
        opened(where)


@pytest.mark.night
def test_suite_without_a_token_ends_with_one_clear_line() -> None:
    assert_one_clear_line(suite(IG_EXAMPLES=HERE, GITHUB_TOKEN=""), "IG_EXAMPLES: ", HERE, "set GITHUB_TOKEN")
