"""Set one torch thread per worker before torch is imported, then load tests/plugin."""

import os
import sys
from typing import NoReturn

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def leave(reason: str) -> NoReturn:
    """End the run with one line: an exception raised while this file is imported would be shown as a traceback."""
    print(f"ERROR: {reason}", file=sys.stderr)
    raise SystemExit(int(pytest.ExitCode.USAGE_ERROR))


try:
    import tests.plugin.options  # noqa: F401
except ModuleNotFoundError as error:
    from tests.plugin.installed import INSTALL

    leave(f"not installed here: {error.name}; {INSTALL}")

pytest_plugins = [
    "tests.plugin.options",
    "tests.plugin.reporting",
    "tests.plugin.randomness",
    "tests.plugin.shards",
    "tests.plugin.time_box",
]
