"""Where found failures are kept: in a folder, and, where IG_EXAMPLES is the URL of a Redis server, there as well.

A replay that passes deletes what it replayed. So whatever may pass elsewhere is kept apart: in the folder by
environment, on the server by versions, and on both by who is judged.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from hypothesis.database import (
    BackgroundWriteDatabase,
    DirectoryBasedExampleDatabase,
    ExampleDatabase,
    MultiplexedDatabase,
)

from tests.report.words import listed, versions
from tests.subjects import checkout

PATIENCE = {"socket_connect_timeout": 5, "socket_timeout": 5}
"""Seconds until a server that does not answer is taken for lost; `?socket_timeout=20` in the URL says otherwise."""


class BadExamples(ValueError):
    """IG_EXAMPLES cannot be used; the message is one line that says why and what to do."""


def examples(subject: str, device: str) -> ExampleDatabase:
    """The folder alone, or the folder first and then the server.

    Raises   BadExamples
    """
    where = os.environ.get("IG_EXAMPLES", "")
    judged = f"{subject}{' of a checkout' if checkout.folder() else ''} on {device}"
    shared = "://" in where
    folder = Path(".hypothesis" if shared or not where else where, os.environ.get("TOX_ENV_NAME") or "examples")
    local = DirectoryBasedExampleDatabase(folder.absolute() / re.sub(r"[^\w.]+", "-", judged))
    return MultiplexedDatabase(local, BackgroundWriteDatabase(Server(where, judged))) if shared else local


class Server(ExampleDatabase):
    """A Redis server, for as long as it answers: its first error is said as a warning, and it is not asked again."""

    def __init__(self, url: str, judged: str) -> None:
        super().__init__()
        try:
            from hypothesis.extra.redis import RedisExampleDatabase
            from redis import Redis
            from redis.backoff import NoBackoff
            from redis.retry import Retry
        except ModuleNotFoundError as error:
            raise BadExamples(
                f"the URL of a server needs the package {error.name}, which is not installed here; "
                "`pip install --group shared` has it"
            ) from None
        try:
            # Once more, since a server may close a connection that rests.
            client = Redis.from_url(url, retry=Retry(NoBackoff(), 1), **PATIENCE)
            parts = urlsplit(url)
        except ValueError as error:
            raise BadExamples(f"{error}; name a folder, or redis://host:port/db") from None
        # Without what may be a password: warnings and pytest's header show it.
        self.place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._kept = RedisExampleDatabase(client, key_prefix=f"ig-conformance: {judged}, {_replayed_by()}: ".encode())
        self._lost = False

    def __repr__(self) -> str:
        return f"Server({self.place})"

    def fetch(self, key: bytes) -> Iterable[bytes]:
        found: list[bytes] = []
        self._ask(lambda: found.extend(self._kept.fetch(key)))
        return found

    def save(self, key: bytes, value: bytes) -> None:
        self._ask(lambda: self._kept.save(key, value))

    def delete(self, key: bytes, value: bytes) -> None:
        self._ask(lambda: self._kept.delete(key, value))

    def move(self, src: bytes, dest: bytes, value: bytes) -> None:
        self._ask(lambda: self._kept.move(src, dest, value))

    def _ask(self, question: Callable[[], None]) -> None:
        if self._lost:
            return
        try:
            question()
        except Exception as error:  # raised in the thread that writes, it would leave the next fetch waiting for ever
            self._lost = True
            with suppress(UserWarning):  # where warnings are errors, too
                warnings.warn(
                    f"IG_EXAMPLES: {self.place} is lost ({error}): from here on this process keeps examples in its "
                    "folder alone",
                    stacklevel=1,
                )


def _replayed_by() -> str:
    """What may change whether an example fails: pytest does not."""
    found = {name: number for name, number in versions().items() if name != "pytest"}
    return listed({"python": f"{sys.version_info.major}.{sys.version_info.minor}", **found})
