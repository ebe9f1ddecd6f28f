"""The registry: every law is stated, named once, has a Violation of its own, and follows from a law that exists."""

from __future__ import annotations

import pkgutil
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from hypothesis import find

from reference import laws as package
from reference.laws import GROUPS, LAWS, Law, laws_of
from reference.laws import law as registry
from reference.problem import Call, Problem
from reference.subject import CAPABILITIES
from reference.violation import Violation
from strategies.domain import DOMAINS, problems_for
from tests.subjects.oracle.adapter import OracleSubject
from tests.subjects.textbook import Textbook
from tests.unit.installed import skip_unless_applies

every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)


class Unused(Violation):
    """No law is broken this way."""


def stated(problem: Problem, subject: object) -> None:
    """Nothing is claimed. This line is not the statement."""


def unstated(problem: Problem, subject: object) -> None:
    stated(problem, subject)


def register(check: Any = stated, **changes: Any) -> Law:
    entry = {"group": "rule", "violation": Unused, "needs": {"ig"}, "source": "none", **changes}
    return registry.law(**entry)(check)


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> dict[str, Law]:
    """A copy of the registry, in its place for one test."""
    copy = dict(LAWS)
    monkeypatch.setattr(registry, "LAWS", copy)
    return copy


def test_every_file_with_a_law_is_registered_by_the_package() -> None:
    registered = {law.check.__module__ for law in LAWS.values()}
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        found = find_spec(module.name)
        assert found is not None
        assert found.origin is not None
        assert ("\n@law(" in Path(found.origin).read_text(encoding="utf-8")) == (module.name in registered)


@every_law
def test_law_takes_name_and_statement_from_its_check(law: Law) -> None:
    assert LAWS[law.name] is law
    assert law.name == law.check.__name__
    assert law.statement == (law.check.__doc__ or "").split("\n")[0].strip()
    assert law.statement.endswith(".")
    assert law.source


@every_law
def test_law_names_a_known_domain_and_known_capabilities(law: Law) -> None:
    assert law.domain in DOMAINS
    assert law.needs <= set(CAPABILITIES)


@every_law
def test_a_corollary_follows_in_the_end_from_a_primary_law(law: Law) -> None:
    passed = [law]
    while passed[-1].implied_by is not None:
        passed.append(LAWS[passed[-1].implied_by])
        assert passed[-1] not in passed[:-1], "a law implies itself"
    assert passed[-1].primary
    assert law.primary == (len(passed) == 1)


@every_law
def test_a_violation_is_one_laws_own_and_says_what_is_wrong(law: Law) -> None:
    assert law.violation is not Violation
    assert [other.name for other in LAWS.values() if issubclass(law.violation, other.violation)] == [law.name]
    assert law.violation.__doc__ != Violation.__doc__


@every_law
def test_a_law_holds_on_most_draws_at_least(law: Law) -> None:
    assert 0.5 < law.share <= 1


def test_groups_hold_all_laws_in_the_order_of_their_definition() -> None:
    by_group = [law for group in GROUPS for law in laws_of(group)]
    assert len(by_group) == len(LAWS)
    for group in GROUPS:
        assert laws_of(group) == [law for law in LAWS.values() if law.group == group]


def test_a_registered_law_is_its_check(shelf: dict[str, Law]) -> None:
    asked: list[tuple[object, object]] = []

    def checked(problem: Problem, subject: object) -> None:
        """It is asked.

        This is no part of it.
        """
        asked.append((problem, subject))

    made = register(checked, needs={"lig"}, domain="smooth", implied_by="nodes", share=0.75)
    problem, subject = Problem(), OracleSubject()
    made(problem, subject)
    assert asked == [(problem, subject)]
    assert shelf["checked"] is made
    assert made == Law(
        "checked", "rule", "It is asked.", "none", checked, Unused, frozenset({"lig"}), "smooth", "nodes", 0.75
    )
    assert not made.primary


@pytest.mark.parametrize(
    ("check", "changes", "words"),
    [
        (stated, {"group": "rumours"}, f"stated: unknown group 'rumours', choose one of {', '.join(GROUPS)}"),
        (unstated, {}, "unstated states nothing: its docstring is the law"),
        (LAWS["nodes"].check, {}, "nodes: its name or Unused belongs to another law"),
        (stated, {"violation": LAWS["nodes"].violation}, "stated: its name or WrongNodes belongs to another law"),
    ],
    ids=["group", "statement", "name", "violation"],
)
def test_invalid_law_raises_an_error(check: Any, changes: dict[str, Any], words: str, shelf: dict[str, Law]) -> None:
    with pytest.raises(ValueError, match=f"^{words}$"):
        register(check, **changes)
    assert shelf == LAWS


def test_law_registered_twice_raises_an_error(shelf: dict[str, Law]) -> None:
    register()
    with pytest.raises(ValueError, match="stated: its name or Unused belongs to another law"):
        register()
    assert list(shelf) == [*LAWS, "stated"]


@pytest.mark.parametrize("law", [law for law in LAWS.values() if law.cases], ids=lambda law: law.name)
def test_each_problem_has_one_of_the_laws_cases(law: Law) -> None:
    skip_unless_applies(law)
    problem = find(problems_for(law), lambda problem: True)
    assert problem.call.case == law.cases[0]
    with pytest.raises(ValueError, match=re.escape(f"choose one of {', '.join(map(repr, law.cases))}, or None")):
        law(problem.asking(case="no such case"), Textbook())


def test_a_call_asks_one_case_or_all() -> None:
    cases = {"one": 1, "two": 2}
    assert Call(case="two").chosen(cases) == {"two": 2}
    assert Call().chosen(cases) == cases
