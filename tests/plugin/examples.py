"""Failing examples are stored in a folder. Those of a nightly run can be replayed from GitHub as well.

A stored example that passes on replay is deleted. So each tox environment and each subject has a folder of its own,
and the examples on GitHub are read-only.
"""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path

from hypothesis.database import (
    DirectoryBasedExampleDatabase,
    ExampleDatabase,
    GitHubArtifactDatabase,
    MultiplexedDatabase,
    ReadOnlyDatabase,
)
from hypothesis.errors import HypothesisSideeffectWarning

from tests.subjects import checkout

ARTIFACT = "examples-py311-torch2.13"
"""The nightly's examples in the default environment. Every environment uploads its own, as `examples-ENVIRONMENT`."""


class BadExamples(ValueError):
    """IG_EXAMPLES cannot be used. The message is one line that says why and what to do."""


def examples(subject: str, device: str) -> ExampleDatabase:
    """The local folder; if IG_EXAMPLES is github:OWNER/REPO[/ARTIFACT], also the newest artifact of that name.

    Raises   BadExamples
    """
    where = os.environ.get("IG_EXAMPLES", "")
    judged = f"{subject}{' of a checkout' if checkout.folder() else ''} on {device}"
    remote = where.startswith("github:") or "://" in where
    folder = Path(".hypothesis" if remote or not where else where, os.environ.get("TOX_ENV_NAME") or "examples")
    local = DirectoryBasedExampleDatabase(folder.absolute() / re.sub(r"[^\w.]+", "-", judged))
    return MultiplexedDatabase(local, ReadOnlyDatabase(uploaded(where))) if remote else local


def uploaded(where: str) -> GitHubArtifactDatabase:
    """The examples in the newest artifact, downloaded at most once a day to .hypothesis/github.

    Raises   BadExamples
    """
    named = re.fullmatch(r"github:([\w.-]+)/([\w.-]+)(?:/([\w.-]+))?", where)
    if named is None:
        raise BadExamples(f"must be a folder or github:OWNER/REPO[/ARTIFACT]; got {where!r}")
    if not os.environ.get("GITHUB_TOKEN"):
        raise BadExamples(f"{where} needs a token that may read the repository's actions; set GITHUB_TOKEN")
    owner, repository, artifact = named.groups(default=ARTIFACT)
    # The default folder of Hypothesis does not distinguish repositories.
    cache = Path(".hypothesis", "github", owner, repository, artifact).absolute()
    database = GitHubArtifactDatabase(owner, repository, artifact, path=cache)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # The first fetch downloads the artifact. An error is one clear line here; later it would fail a test.
        warnings.simplefilter("ignore", HypothesisSideeffectWarning)
        list(database.fetch(b""))
    if caught:
        raise BadExamples(f"{where}: {' '.join(str(warning.message).strip() for warning in caught)}")
    return database
