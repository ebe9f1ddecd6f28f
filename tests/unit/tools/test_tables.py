"""The README says what the code does."""

from __future__ import annotations

from tests.tools.tables import README, TABLES, counts, filled


def test_tables_and_counts_are_those_of_the_registries() -> None:
    text = README.read_text(encoding="utf-8")
    for name in (*TABLES, *(f"number of {name}" for name in counts())):
        assert f"<!-- {name} -->" in text, f"the README has no place for {name}"
    assert filled(text) == text, "run python -m tests.tools.tables"
