"""`--family`: which laws run on which family, under which id, and the error for an unknown family."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reference.laws import LAWS
from reference.models.families import FAMILIES
from tests.plugin import families
from tests.plugin.families import UnknownFamily, choose, chosen, on_families, sampled, suffix
from tests.unit.running import suite

OTHERS = {name for name, family in FAMILIES.items() if name != "bert" and not family.missing}

OF_MODEL, OF_RULE = LAWS["input_attribution"], LAWS["nodes"]


@pytest.fixture(autouse=True)
def _chosen_as_before() -> Iterator[None]:
    before = list(families._option)
    yield
    families._option[:] = before


def ids(name: str) -> list[str]:
    """The laws of a model and of a rule as `--family NAME` collects them."""
    choose(name)
    return [law.name + suffix(law, family) for law, family in on_families([OF_MODEL, OF_RULE])]


def test_bert_is_the_default_and_leaves_ids_as_they_are() -> None:
    assert [family.name for family in chosen()] == ["bert"]
    assert ids("bert") == ["input_attribution", "nodes"]


def test_other_family_is_named_in_test_ids_of_models() -> None:
    assert ids("distilbert") == ["input_attribution-distilbert", "nodes"]


def test_law_without_a_family_runs_once_for_all_families() -> None:
    assert ids("all")[:2] == ["input_attribution", "nodes"]
    assert set(ids("all")[2:]) == {f"input_attribution-{name}" for name in FAMILIES if name != "bert"}


def test_two_other_families_are_sampled_and_seeds_reach_all_of_them() -> None:
    choose("bert")
    pairs = [{family.name for family in sampled(seed)} for seed in range(100)]
    assert sampled(7) == sampled(7)
    assert {len(pair) for pair in pairs} == {min(2, len(OTHERS))}
    assert set().union(*pairs) == OTHERS


def test_no_family_is_sampled_beside_one_that_is_named() -> None:
    choose("distilbert")
    assert sampled(0) == ()


def test_unknown_family_raises_one_line_that_lists_the_others() -> None:
    with pytest.raises(UnknownFamily, match=r"^unknown family 'gpt': choose one of .*bert, .*distilbert.* or all$"):
        choose("gpt")


@pytest.mark.night
def test_run_on_an_unknown_family_is_a_usage_error() -> None:
    run = suite("--family", "gpt")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert (run.stdout + run.stderr).split("\n")[0].startswith("ERROR: unknown family 'gpt'")
