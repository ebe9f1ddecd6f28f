"""The page of recipes is what runs show: every row, and every sentence about what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import pytest
from packaging.version import Version

from reference.models.families import FAMILIES
from reference.models.versions import TRANSFORMERS
from tests.plugin.night import some
from tests.tools.recipe import trained
from tests.tools.recipe.claims import CLAIMS
from tests.tools.recipe.families import row
from tests.tools.recipe.page import LAWS_OF_FAMILIES, PAGE, STEPS_OF_ALBERT, TEXT

pytestmark = pytest.mark.skipif(Version("5") > TRANSFORMERS, reason="the page is about the models of transformers 5")

WRITTEN = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", some(FAMILIES))
def test_row_of_a_family_is_what_its_models_show(name: str) -> None:
    assert f"| {' | '.join(row(FAMILIES[name]))} |" in WRITTEN, "run python -m tests.tools.recipe"


@pytest.mark.parametrize(("sentence", "holds"), CLAIMS, ids=[holds.__name__ for _, holds in CLAIMS])
def test_sentence_of_the_page_is_true(sentence: str, holds: Callable[[], bool]) -> None:
    assert holds(), sentence


@pytest.mark.skipif(find_spec(trained.ALBERT.package) is None, reason="rxnmapper is not installed")
@pytest.mark.night
def test_totals_of_trained_albert_are_those_of_a_run() -> None:
    assert "\n".join(trained.table()) in WRITTEN, "run python -m tests.tools.recipe"


def test_page_has_the_text_and_every_sentence() -> None:
    assert WRITTEN.startswith(TEXT)
    assert STEPS_OF_ALBERT.strip() in WRITTEN
    assert LAWS_OF_FAMILIES.strip() in WRITTEN
    for sentence, _ in CLAIMS:
        assert sentence.split("[")[0] in WRITTEN
