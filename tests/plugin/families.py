"""The families of models on which the laws are tried: `--family`, which is read before tests are collected."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference.laws import Law
    from reference.models.family import Family
    from reference.problem import Problem

DEFAULT, ALL = "bert", "all"

_option = [DEFAULT]


class UnknownFamily(LookupError):
    """No family has this name. The message is one line that lists the families."""


def choose(name: str) -> None:
    """Try the laws on this family, or on all of them.

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

    found = (family for name, family in FAMILIES.items() if _option[0] in (name, ALL))
    return tuple(sorted(found, key=lambda family: family.name != DEFAULT))


def sampled(seed: int) -> tuple[Family, ...]:
    """Two other families of a run on the default one, of those that the installed transformers has."""
    from reference.models.families import FAMILIES

    if _option[0] != DEFAULT:
        return ()
    others = [family for name, family in FAMILIES.items() if name != DEFAULT and not family.missing]
    return tuple(random.Random(seed).sample(others, min(2, len(others))))


def tried(problem: Problem, law: Law) -> bool:
    """Whether a run tries such problems: of a family from which the law draws, or without a family."""
    from strategies.domain import DOMAINS

    family = getattr(problem.model, "family", None)
    drawn = {one.name for it in chosen() for one in DOMAINS[law.domain].drawn_from(it)}
    return family is None or family.name in {DEFAULT, *drawn}


def on_families(laws: Iterable[Law]) -> Iterator[tuple[Law, Family]]:
    """Each law with each chosen family. A law whose problems have no family is run once."""
    from strategies.domain import DOMAINS

    first, *others = chosen()
    laws = tuple(laws)
    yield from ((law, first) for law in laws)
    yield from ((law, family) for family in others for law in laws if DOMAINS[law.domain].of_family)


def suffix(law: Law, family: Family) -> str:
    """The family in the id of a test: empty for the default family."""
    from strategies.domain import DOMAINS

    return "" if family.name == DEFAULT or not DOMAINS[law.domain].of_family else f"-{family.name}"
