"""The page on speed is written from a complete measurement only."""

from __future__ import annotations

import json
import re
from pathlib import Path
from shutil import copy

import pytest

from tests.tools import performance

IMPORTS = {
    "group": None,
    "extra_info": {"group": "process", "name": "CPU of: import torch", "number": 1.5, "unit": "s"},
}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the page."""
    copied = Path(copy(performance.PAGE, tmp_path))
    monkeypatch.setattr(performance, "PAGE", copied)
    return copied


def written(folder: Path, *benchmarks: object) -> str:
    file = folder / "bench.json"
    file.write_text(json.dumps({"benchmarks": benchmarks}))
    return str(file)


def test_measurement_of_some_benchmarks_leaves_the_page(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = page.read_text()
    assert performance.main([written(page.parent, IMPORTS)]) == 2
    assert page.read_text() == before
    told = capsys.readouterr().err
    assert "CPU of: import the suite" in told
    assert "CPU of: import torch" not in told


def test_complete_measurement_writes_its_numbers(page: Path) -> None:
    """The page has one row here."""
    page.write_text("<!-- process -->\n| CPU of: import torch | 9 s | |\n<!-- /process -->\n")
    assert performance.main([written(page.parent, IMPORTS)]) == 0
    assert re.search(r"^\| CPU of: import torch \| 1\.5 s \|", page.read_text(), re.MULTILINE)
