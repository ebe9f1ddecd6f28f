"""Options, the subject under test, and the errors that a run raises before it starts."""

from __future__ import annotations

import gc
import sys
from importlib.util import find_spec
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

LOADED = pytest.StashKey[Any]()

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
        if path is not None or name not in SHIPPED:
            config.stash[LOADED] = load(name, device)
    except InvalidArgument as error:
        raise pytest.UsageError(f"--hypothesis-profile or HYPOTHESIS_PROFILE: {error}") from None
    except BadExamples as error:
        raise pytest.UsageError(f"IG_EXAMPLES: {error}") from None
    except checkout.BadCheckout as error:
        raise pytest.UsageError(f"--captum: {error}") from None
    except (UnknownSubject, UnknownFamily) as error:
        raise pytest.UsageError(str(error)) from None


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Freeze the garbage collector, so that it does not search torch and transformers again and again."""
    if len(sys.modules) > item.config.stash.get(FROZEN, 0) + 100:
        gc.collect()
        gc.freeze()
        item.config.stash[FROZEN] = len(sys.modules)


@pytest.fixture(scope="session")
def subject(pytestconfig: pytest.Config) -> Modelled:
    """The implementation under test, with its known defects."""
    from tests.subjects.known_defects import Modelled

    if LOADED in pytestconfig.stash:
        return Modelled(pytestconfig.stash[LOADED])
    try:
        return Modelled(load(pytestconfig.getoption("subject"), pytestconfig.getoption("device")))
    except UnknownSubject as error:
        pytest.fail(str(error), pytrace=False)
