"""Options, profiles, fixtures. One torch thread per worker, set before torch is imported, or `-n auto` thrashes."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from typing import TYPE_CHECKING

import pytest

from tests.profiles import register
from tests.subjects import SHIPPED, UnknownSubject, check_name, load

if TYPE_CHECKING:
    from tests.known_defects import Modelled

pytest_plugins = ["tests.reporting.plugin"]

register()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ig-conformance")
    group.addoption(
        "--subject", default="captum", help=f"implementation under test: {', '.join(SHIPPED)} or module:object"
    )
    group.addoption("--device", default="cpu", help="where the subject works: cpu, cuda, mps; the oracle stays on cpu")
    group.addoption("--verdict-json", metavar="FILE", help="write the verdict to FILE as JSON")


def pytest_configure(config: pytest.Config) -> None:
    try:
        check_name(config.getoption("subject"))
    except UnknownSubject as error:
        raise pytest.UsageError(str(error)) from None


@pytest.fixture(scope="session")
def subject(pytestconfig: pytest.Config) -> Modelled:
    """The implementation under test, with its known defects."""
    from tests.known_defects import Modelled

    try:
        return Modelled(load(pytestconfig.getoption("subject"), pytestconfig.getoption("device")))
    except UnknownSubject as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
