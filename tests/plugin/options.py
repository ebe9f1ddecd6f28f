"""Options, the subject under test, and the errors that a run raises before it starts."""

from __future__ import annotations

import gc
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis.errors import InvalidArgument

from tests.plugin.examples import BadExamples
from tests.plugin.families import DEFAULT, UnknownFamily, choose
from tests.plugin.installed import INSTALL, NEEDED, WrongPair, check_pairs
from tests.plugin.profiles import register
from tests.subjects import SHIPPED, UnknownSubject, check_device, check_name, checkout, load

if TYPE_CHECKING:
    from tests.subjects.known_defects import Modelled
    from tests.subjects.own_list import Own

LOADED = pytest.StashKey["Modelled"]()
"""The subject, loaded before the tests are collected: an error is then one clear line."""

OWN = pytest.StashKey[list["Own"]]()
"""The user's own list of known defects."""

FROZEN = pytest.StashKey[int]()
"""The number of imported modules when the garbage collector was last frozen."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ig-conformance")
    group.addoption(
        "--subject", default="captum", help=f"implementation under test: {', '.join(SHIPPED)} or module:object"
    )
    group.addoption(
        "--family", default=DEFAULT, help="family of models: all, or a name from python -m tests.tools.families"
    )
    group.addoption(
        "--known",
        metavar="FILE",
        help="your own list of known defects, in TOML (tests/subjects/README.md). Use the form "
        "`--known=FILE`, with the equals sign.",
    )
    group.addoption(
        "--worst",
        metavar="FILE",
        help="first try the problems with the largest errors of earlier runs, from the worst.json of a scoreboard. "
        "Use the form `--worst=FILE`, with the equals sign.",
    )
    group.addoption("--captum", metavar="PATH", help="test the captum of a checkout: the folder that contains captum/")
    group.addoption(
        "--device", default="cpu", help="where the subject computes: cpu, cuda or mps; the oracle stays on cpu"
    )
    # Without the equals sign, pytest takes an existing FILE for a test, before it reads this option.
    group.addoption(
        "--verdict-json",
        metavar="FILE",
        help="write the verdict to FILE as JSON. Use the form `--verdict-json=FILE`, with the equals sign.",
    )
    group.addoption(
        "--verdict-md",
        metavar="FILE",
        help="write the verdict to FILE as Markdown. Use the form `--verdict-md=FILE`, with the equals sign.",
    )
    group.addoption(
        "--report",
        metavar="FILE",
        help="write the verdict to FILE as one HTML page. Use the form `--report=FILE`, with the equals sign.",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Raise a usage error before xdist starts its workers: they could not show one clear line."""
    missing = [package for package in NEEDED if find_spec(package) is None]
    if missing:
        raise pytest.UsageError(f"not installed: {', '.join(missing)}; {INSTALL}")
    try:
        check_pairs()
    except WrongPair as error:
        raise pytest.UsageError(str(error)) from None
    name, device, path = (config.getoption(option) for option in ("subject", "device", "captum"))
    try:
        if path is not None:
            checkout.judge(path)
        check_name(name)
        check_device(device)
        choose(config.getoption("family"))
        register(name, device)
        settings.get_profile(config.getoption("--hypothesis-profile") or settings.get_current_profile_name())
        config.stash[OWN] = _own(config.getoption("known"))
        config.stash[LOADED] = _modelled(load(name, device), config.stash[OWN])
    except InvalidArgument as error:
        raise pytest.UsageError(f"--hypothesis-profile or HYPOTHESIS_PROFILE: {error}") from None
    except BadExamples as error:
        raise pytest.UsageError(f"IG_EXAMPLES: {error}") from None
    except checkout.BadCheckout as error:
        raise pytest.UsageError(f"--captum: {error}") from None
    except (UnknownSubject, UnknownFamily) as error:
        raise pytest.UsageError(str(error)) from None


def _own(file: str | None) -> list[Own]:
    """The entries of the user's own list of known defects.

    Raises   pytest.UsageError
    """
    if file is None:
        return []
    from tests.subjects.own_list import BadList, read

    try:
        return read(Path(file))
    except BadList as error:
        raise pytest.UsageError(f"--known: {error}") from None


def _modelled(subject: Any, own: list[Own]) -> Modelled:
    """The subject with its known defects.

    Raises   UnknownSubject if its known defects cannot be loaded
    """
    from tests.subjects.known_defects import Modelled

    return Modelled(subject, own)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Freeze the garbage collector, so that it does not search torch and transformers again and again."""
    if len(sys.modules) > item.config.stash.get(FROZEN, 0) + 100:
        gc.collect()
        gc.freeze()
        item.config.stash[FROZEN] = len(sys.modules)


@pytest.fixture(scope="session")
def subject(pytestconfig: pytest.Config) -> Modelled:
    """The implementation under test, with its known defects."""
    found: Modelled = pytestconfig.stash[LOADED]
    return found
