"""Set one torch thread per worker before torch is imported, then load tests/plugin."""

import os
import sys
from importlib.util import find_spec
from typing import NoReturn

import pytest

from tests.plugin.installed import INSTALL

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def leave(reason: str) -> NoReturn:
    """End the run with one line. An exception in this file would be shown as a traceback."""
    print(f"ERROR: {reason}", file=sys.stderr)
    raise SystemExit(int(pytest.ExitCode.USAGE_ERROR))


for package in ("hypothesis", "packaging"):
    if find_spec(package) is None:
        leave(f"not installed: {package}; {INSTALL}")

pytest_plugins = [
    "pytester",
    "tests.plugin.options",
    "tests.plugin.one_model",
    "tests.plugin.fresh",
    "tests.plugin.night",
    "tests.plugin.reporting",
    "tests.plugin.progress",
    "tests.plugin.randomness",
    "tests.plugin.time_box",
    "tests.plugin.worst",
]
