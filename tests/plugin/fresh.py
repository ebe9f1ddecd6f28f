"""Fresh problems: the `pr` profile draws half of its problems from a seed of the run, which is printed.

The other half is the same in every run, so a subject could know it by heart.
"""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from hypothesis import settings

MIXED = ("pr",)
"""The profiles with fresh problems. `smoke` has none; all problems of `dev` and `nightly` are random."""

SEED = pytest.StashKey[int]()

_of_this_run = {"seed": 0}
"""The seed for modules that are imported while tests are collected: they have no `config`."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("ig-conformance").addoption(
        "--fresh-seed", type=seed, metavar="N", help="with the profile pr: draw the fresh problems from seed N again"
    )


def seed(text: str) -> int:
    """The option's value. Raises pytest.UsageError if it is not a whole number."""
    try:
        return int(text)
    except ValueError:
        raise pytest.UsageError(f"--fresh-seed must be a whole number; got {text!r}") from None


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed. A worker of xdist is told by its controller."""
    given = config.getoption("--fresh-seed")
    told = getattr(config, "workerinput", {}).get("fresh_seed")
    found = told if told is not None else given if given is not None else secrets.randbelow(2**32)
    config.stash[SEED] = _of_this_run["seed"] = int(found)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["fresh_seed"] = node.config.stash[SEED]


def mixed() -> bool:
    """Whether the current profile draws fresh problems beside those of every run."""
    return settings.get_current_profile_name() in MIXED


def seed_of_run() -> int:
    """What differs from run to run, and is one number in all workers; 0 in a profile without fresh problems."""
    return _of_this_run["seed"] if mixed() or not settings().derandomize else 0


def seed_for(test: str) -> str:
    """The seed of one test: two tests with equal strategies draw different problems."""
    return f"{_of_this_run['seed']} {test}"


def said(config: pytest.Config) -> str:
    """The option that draws the same fresh problems again, or an empty text."""
    return f"--fresh-seed={config.stash[SEED]}" if mixed() else ""
