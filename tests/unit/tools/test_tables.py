"""The tables and numbers of the pages match the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.tables import PAGES, ROOT, TABLES, counts, filled


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_tables_and_counts_of_a_page_match_the_registries(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert filled(text) == text, "run python -m tests.tools.tables"


@pytest.mark.parametrize("name", TABLES)
def test_table_is_in_exactly_one_page(name: str) -> None:
    marked = [page for page in PAGES if f"<!-- {name} -->" in page.read_text(encoding="utf-8")]
    assert len(marked) == 1


@pytest.mark.parametrize("name", counts())
def test_count_is_in_a_page(name: str) -> None:
    assert any(f"<!-- number of {name} -->" in page.read_text(encoding="utf-8") for page in PAGES)
