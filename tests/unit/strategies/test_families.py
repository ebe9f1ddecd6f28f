"""Every law's problems on every family: the model is the family's, and what it does not have is not drawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from packaging.version import Version

from reference.laws import LAWS
from reference.models.bert import FAMILY as BERT
from reference.models.families import FAMILIES, SPECS
from reference.models.family import Family
from reference.models.tiny import every_spec
from reference.models.versions import CANNOT_COMPILE
from reference.observing import Event, observed
from reference.problem import Problem
from strategies.domain import DOMAINS, applies, problems_for
from strategies.information import GIVEN
from strategies.needs import NEEDS
from tests.plugin.night import some
from tests.plugin.records import says_nothing
from tests.subjects.textbook import Textbook
from tests.tools.families import lines
from tests.unit.strategies.drawing import STEADY

OTHERS = [family for family in FAMILIES.values() if family is not BERT and not family.missing]

TRIED = [family for family in OTHERS if family.name in ("distilbert", "roberta", "llama", "t5")]
"""One of each kind: all domains on all families take minutes."""

CASES = [pytest.param(family, domain) for family in TRIED for domain in DOMAINS if DOMAINS[domain].of_family]
SOME = some(CASES, every=6)


@pytest.mark.parametrize(("family", "domain"), SOME, ids=lambda value: value if isinstance(value, str) else value.name)
def test_domain_draws_models_of_the_family_with_what_it_has(family: Family, domain: str) -> None:
    if DOMAINS[domain].lacking(family):
        pytest.skip(str(DOMAINS[domain].lacking(family)))
    fields = {"types": "token_type_ids", "positions": "position_ids"}

    @settings(STEADY, max_examples=5)
    @given(DOMAINS[domain](None, family))
    def search(problem: Problem) -> None:
        assert type(problem.model) is SPECS[family.name]
        for field, argument in fields.items():
            assert argument in family.arguments or getattr(problem.data, field) is None
        problem.build()

    search()


@pytest.mark.parametrize("family", TRIED, ids=lambda family: family.name)
@pytest.mark.parametrize("domain", ["smooth", "smooth_or_masking", "bent", "small_smooth"])
def test_laws_of_integrals_get_a_head_without_a_kink(family: Family, domain: str) -> None:
    if DOMAINS[domain].lacking(family):
        pytest.skip(str(DOMAINS[domain].lacking(family)))

    @settings(STEADY, max_examples=30)
    @given(DOMAINS[domain](None, family))
    def search(problem: Problem) -> None:
        assert family.heads[problem.model.head].smooth

    search()


NEVER_READ = [family for family in OTHERS if family.name in ("bart", "deberta-v2", "gpt2", "llama", "t5")]
"""Families of which some heads read a position that BERT's problems hide, or every position."""


@pytest.mark.parametrize("family", some(NEVER_READ, every=5, first=2), ids=lambda family: family.name)
@pytest.mark.parametrize("name", ["masked_tokens", "unread_positions"])
def test_law_of_positions_that_are_not_read_can_fail_on_every_family(family: Family, name: str) -> None:
    law = LAWS[name]
    told = []

    @settings(STEADY, max_examples=8)
    @given(problems_for(law, family=family))
    def search(problem: Problem) -> None:
        assert all(GIVEN[given_by_domain](problem) for given_by_domain in DOMAINS[law.domain].gives)
        seen: list[Event] = []
        with observed(seen.append):
            law(problem, Textbook())
        told.append(not says_nothing(seen))

    search()
    assert sum(told) >= len(told) - 1


def test_every_law_applies_to_bert_or_is_about_something_that_is_not_installed() -> None:
    missing = {family.missing for family in FAMILIES.values()} | {CANNOT_COMPILE}
    assert not [law.name for law in LAWS.values() if applies(law, BERT) not in {None, *missing}]


LESS: dict[str, tuple[dict[str, Any], str, str]] = {
    "positions": (
        {"arguments": ("attention_mask",)},
        "symmetry",
        "the installed transformers lets it take no position_ids",
    ),
    "several tables": ({"tables": BERT.tables[:1]}, "joint_tables", "its embeddings have one table only"),
    "units": ({"units": None}, "implementation_invariance", "it declares no units that can be permuted"),
    "order in positions alone": ({"ordered": True}, "symmetry", "its attention knows the order of tokens"),
    "a norm of embeddings": ({"norm": None}, "norm_input_agrees_with_inputs_embeds", "its embeddings have no norm"),
    "tables that meet": ({"norm": None}, "joint_tables", "no module gets the sum of its tables"),
    "missing": ({"since": Version("99")}, "input_attribution", ""),
    "choices": ({"heads": {"token": BERT.heads["token"]}}, "rows_of_choices", "it has no multiple choice"),
    "an output per token": (
        {"heads": {"sequence": BERT.heads["sequence"]}},
        "structured_targets",
        "no output has a row per token",
    ),
    "a smooth head": (
        {"heads": {"sequence": replace(BERT.heads["sequence"], smooth=False)}},
        "layer_completeness",
        "every head has a kink of its own",
    ),
    "norm": ({"norm": None}, "affine_embeddings_agree", "it cannot have the variant affine_embedding_norm"),
    "stage": ({"stage": None}, "structured_output", "it cannot have the variant tuple_output"),
    "checkpointed": ({"checkpointed": None}, "checkpointed_layer", "it cannot have the variant checkpointed"),
}


@pytest.mark.parametrize("what", LESS)
def test_law_does_not_apply_to_a_family_without_what_it_needs(what: str) -> None:
    fields, law, reason = LESS[what]
    family = replace(BERT, **fields)
    assert applies(LAWS[law], family) == (family.missing or f"bert: {reason}")


def test_every_need_is_a_need_of_some_domain() -> None:
    assert {need for domain in DOMAINS.values() for need in domain.needs} == set(NEEDS)


def test_problems_without_a_model_are_the_same_for_every_family() -> None:
    law = LAWS["nodes"]
    for family in OTHERS:
        assert applies(law, family) is None
        assert not DOMAINS[law.domain].of_family
        assert problems_for(law, None, family) is not None


def test_list_of_families_says_of_each_what_it_has_and_what_applies() -> None:
    said = "\n".join(lines())
    for family in FAMILIES.values():
        assert f"## {family.name}" in said
    assert "- heads with a kink of their own: sequence, choice" in said
    to_bert = sum(applies(law, BERT) is None for law in LAWS.values())
    assert f"- laws that apply: {to_bert} of {len(LAWS)}" in said


def test_no_two_specs_share_a_family() -> None:
    assert len([*every_spec()]) == len(SPECS) == len(FAMILIES)
