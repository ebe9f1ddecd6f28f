"""Which families of models the laws are tried on: `--family`, known when the tests are collected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference.laws import Law
    from reference.models.family import Family

DEFAULT, ALL = "bert", "all"

_option = [DEFAULT]


class UnknownFamily(LookupError):
    """There is no such family; the message is one line that names those that there are."""


def choose(name: str) -> None:
    """The laws are tried on this family, or on all of them.

    Raises   UnknownFamily
    """
    if name not in (DEFAULT, ALL):
        from reference.models.families import FAMILIES

        if name not in FAMILIES:
            raise UnknownFamily(f"unknown family {name!r}: choose one of {', '.join(FAMILIES)}, or all")
    _option[:] = [name]


def chosen() -> tuple[Family, ...]:
    """The chosen families, the default one first."""
    from reference.models.families import FAMILIES

    return tuple(family for name, family in FAMILIES.items() if _option[0] in (name, ALL))


def on_families(laws: Iterable[Law]) -> Iterator[tuple[Law, Family]]:
    """Each law with each chosen family: once, if its problems have no model of a family."""
    from strategies.domain import DOMAINS

    first, *others = chosen()
    laws = tuple(laws)
    yield from ((law, first) for law in laws)
    yield from ((law, family) for family in others for law in laws if DOMAINS[law.domain].of_family)


def suffix(law: Law, family: Family) -> str:
    """What a test's id says of the family: nothing of the default one."""
    from strategies.domain import DOMAINS

    return "" if family.name == DEFAULT or not DOMAINS[law.domain].of_family else f"-{family.name}"
