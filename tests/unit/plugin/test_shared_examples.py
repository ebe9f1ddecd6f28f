"""`IG_EXAMPLES=redis://…`: machines share what they find, and a server that is lost costs neither find nor run.

Each machine is a folder of its own; the server is a real one, started here, that keeps nothing on disk.
"""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis.database import ExampleDatabase

from tests.plugin import examples as module
from tests.plugin.examples import examples
from tests.report.words import versions
from tests.unit.plugin.test_bad_input import assert_one_clear_line
from tests.unit.running import suite, typed

CLIENT = "needs the package redis: `pip install --group shared`"
KEY, FIND = b"a test", b"an example"
LIMIT = 1000

PROJECT = f"""
import json, os, signal, sys
from hypothesis import given, settings, strategies as st
from tests.plugin.profiles import register

register()
settings.load_profile("dev")
met = []

@given(st.integers(0, 10**9))
def small(number):
    met.append(number)
    if number >= {LIMIT} and sys.argv[1:]:
        os.kill(int(sys.argv.pop()), signal.SIGKILL)
    assert number < {LIMIT}, f"found {{number}}"

try:
    small()
except AssertionError as error:
    print(json.dumps({{"met": met, "found": str(error)}}))
"""
"""A property that fails, under the profile that explores; at the first find it ends the process it is given."""


class Redis:
    """A server on a free port of this machine, and the process that it is."""

    def __init__(self, folder: Path) -> None:
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{port}/0"
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"],
            cwd=folder,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "eady to accept connections" in line:
                return
        pytest.fail("redis-server did not start:\n" + "".join(said))

    def end(self) -> None:
        with self.process:
            self.process.kill()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    pytest.importorskip("redis", reason=CLIENT)
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server, which is not installed here: `apt-get install redis-server`")
    server = Redis(tmp_path)
    yield server
    server.end()


@pytest.fixture
def gone(redis: Redis) -> str:
    """The URL of a server that was there."""
    redis.end()
    return redis.url


def night(machine: Path, url: str, *ends: int, **environment: str) -> tuple[dict[str, Any], list[str]]:
    """What one run of the property on a machine met and found, and the warnings it said."""
    machine.mkdir(exist_ok=True)
    done = typed("-c", PROJECT, *map(str, ends), cwd=machine, environment={"IG_EXAMPLES": url, **environment})
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result, [line for line in done.stderr.splitlines() if "Warning" in line]


def test_what_one_machine_finds_fails_first_on_another(redis: Redis, tmp_path: Path) -> None:
    (first, said), (second, said_again) = (night(tmp_path / name, redis.url) for name in ("one", "another"))
    assert first["found"] == second["found"] == f"found {LIMIT}"
    assert first["met"][0] != LIMIT
    assert second["met"][0] == LIMIT
    assert said + said_again == []


def test_a_server_that_ends_in_mid_run_ends_no_run_and_loses_no_find(redis: Redis, tmp_path: Path) -> None:
    run, said = night(tmp_path / "one", redis.url, redis.process.pid)
    assert run["found"] == f"found {LIMIT}"
    assert len(said) == 1
    again, _ = night(tmp_path / "one", redis.url)
    assert redis.process.wait() == -signal.SIGKILL
    assert again["met"][0] == LIMIT


def test_a_server_that_is_not_there_is_said_once_and_ends_no_run(gone: str, tmp_path: Path) -> None:
    with_password = gone.replace("://", "://me:secret@")
    run, (said,) = night(tmp_path / "one", with_password)
    assert run["found"] == f"found {LIMIT}"
    assert f"UserWarning: IG_EXAMPLES: {gone} is lost" in said
    assert "secret" not in said


def test_where_warnings_are_errors_a_lost_server_still_ends_no_run(redis: Redis, tmp_path: Path) -> None:
    run, _ = night(tmp_path / "one", redis.url, redis.process.pid, PYTHONWARNINGS="error::UserWarning")
    assert run["found"] == f"found {LIMIT}"


def test_a_lost_server_is_asked_no_more(gone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = kept(tmp_path / "one", monkeypatch, gone)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert [list(machine.fetch(KEY)) for _ in range(3)] == [[], [], []]
    assert len(said) == 1


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="a process cannot be stopped on this system")
def test_the_search_does_not_wait_for_a_server_that_is_slow_to_write(
    redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    one, another = (kept(tmp_path / name, monkeypatch, redis.url) for name in ("one", "another"))
    assert list(one.fetch(KEY)) == []
    redis.process.send_signal(signal.SIGSTOP)
    one.save(KEY, FIND)
    redis.process.send_signal(signal.SIGCONT)
    assert list(one.fetch(KEY)) == list(another.fetch(KEY)) == [FIND]
    assert [str(warning.message) for warning in recwarn] == []


def kept(
    machine: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str = "",
    environment: str = "",
    subject: str = "captum",
    device: str = "cpu",
    **others: str,
) -> ExampleDatabase:
    """The examples of a machine, as a run there has them; `others` are versions of packages."""
    found = versions() | others
    machine.mkdir(exist_ok=True)
    with monkeypatch.context() as there:
        there.chdir(machine)
        there.setenv("IG_EXAMPLES", url)
        there.setenv("TOX_ENV_NAME", environment)
        there.setattr(module, "versions", lambda: found)
        return examples(subject, device)


@pytest.mark.parametrize(
    "elsewhere",
    [{"subject": "textbook"}, {"device": "cuda"}, {"torch": "99"}, {"captum": "0.9.0 from their/checkout"}],
    ids=["another subject", "another device", "another torch", "a checkout"],
)
def test_on_a_server_a_find_is_neither_tried_nor_deleted_by(
    elsewhere: dict[str, str], redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finder, other, same = (tmp_path / name for name in ("finder", "other", "same"))
    found = kept(finder, monkeypatch, redis.url)
    found.save(KEY, FIND)
    assert list(found.fetch(KEY)) == [FIND]  # and is written: a fetch waits for the thread that does
    there = kept(other, monkeypatch, redis.url, **elsewhere)
    assert list(there.fetch(KEY)) == []
    there.delete(KEY, FIND)
    assert list(there.fetch(KEY)) == []
    assert list(kept(same, monkeypatch, redis.url).fetch(KEY)) == [FIND]


@pytest.mark.parametrize(
    "elsewhere",
    [{"subject": "textbook"}, {"device": "cuda"}, {"environment": "py310-torch2.1"}],
    ids=["another subject", "another device", "another tox environment"],
)
@pytest.mark.parametrize("url", ["", "redis://localhost:1/0"], ids=["alone", "beside a server that is not there"])
@pytest.mark.filterwarnings("ignore:IG_EXAMPLES. redis.//localhost.1/0 is lost")
def test_in_a_folder_a_find_is_neither_tried_nor_deleted_by(
    elsewhere: dict[str, str], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if url:
        pytest.importorskip("redis", reason=CLIENT)
    kept(tmp_path, monkeypatch).save(KEY, FIND)
    there = kept(tmp_path, monkeypatch, url, **elsewhere)
    assert list(there.fetch(KEY)) == []
    there.delete(KEY, FIND)
    assert list(kept(tmp_path, monkeypatch).fetch(KEY)) == [FIND]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgres://localhost/0", ["redis://", "name a folder"]),
        ("redis://localhost:x/0", ["Port", "'x'", "redis://host:port/db"]),
    ],
    ids=["another server", "no port"],
)
def test_a_url_of_no_such_server_is_refused_in_one_line(url: str, words: list[str]) -> None:
    pytest.importorskip("redis", reason=CLIENT)
    assert_one_clear_line(suite(IG_EXAMPLES=url), "IG_EXAMPLES", *words)


def test_only_a_url_needs_the_package_and_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['redis'] = None")
    refused = suite(importable=tmp_path, IG_EXAMPLES="redis://localhost/0")
    assert_one_clear_line(refused, "IG_EXAMPLES", "package redis", "pip install --group shared")
    register = ("-c", "import tests.plugin.profiles; tests.plugin.profiles.register()")
    assert typed(*register, importable=tmp_path, environment={"IG_EXAMPLES": str(tmp_path)}).returncode == 0


def test_a_password_is_not_shown_where_the_database_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("redis", reason=CLIENT)
    shown = repr(kept(tmp_path, monkeypatch, "redis://me:secret@host:6379/0?password=secret"))
    assert "redis://host:6379/0" in shown
    assert "secret" not in shown
