"""What a domain needs of a family of models, and the reason to print if a family does not have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from reference.models.bert import FAMILY as BERT
from reference.models.families import FAMILIES
from reference.models.family import Family
from reference.models.streams import has_stream
from reference.models.variants import VARIANTS
from reference.problem import Problem
from strategies.information import EVERY_ROW_MOVES, finite, moving

NEEDS: dict[str, tuple[Callable[[Family], bool], str]] = {
    "a smooth head": (lambda family: bool(family.smooth_heads), "every head has a kink of its own"),
    "choices": (lambda family: "choice" in family.heads, "it has no multiple choice"),
    "an output per token": (lambda family: {"token", "hidden"} <= {*family.heads}, "no output has a row per token"),
    "order in positions alone": (lambda family: not family.ordered, "its attention knows the order of tokens"),
    "a norm of embeddings": (lambda family: family.norm is not None, "its embeddings have no norm"),
    "tables that meet": (
        lambda family: family.meeting_of_tables,
        "no module gets the sum of its tables",
    ),
    "a decoder": (lambda family: family.causal, "it is no decoder"),
    "tables for all paths": (
        lambda family: family.name == "bart" or (len(family.tables) > 1 and family.meeting_of_tables),
        "no set of its tables covers all paths, or its one table does",
    ),
    "positions": (lambda family: family.positions, "the installed transformers lets it take no position_ids"),
    "token types": (lambda family: family.token_types, "it has no token types"),
    "several tables": (lambda family: len(family.tables) > 1, "its embeddings have one table only"),
    "a NumPy twin": (lambda family: family.numpy_twin is not None, "no module of reference/oracle/numpy has it"),
    "a residual stream": (has_stream, "the modules of its residual stream are not known here"),
    "units": (lambda family: family.units is not None, "it declares no units that can be permuted"),
}
"""For each name: whether a family has it, and what to say if it does not."""


@dataclass(frozen=True)
class Domain:
    """A strategy for problems of one method (or any) on a family.

    `needs` are names of NEEDS, `variants` those that the domain draws from; `of_family` is False for problems without
    a model, or with one that is no family's. `texts` says that the data is texts, not tokens. A run on BERT draws from
    the families `instead`, if any are named: those that the statement is about. `gives` are names of GIVEN
    (strategies/information.py): what every problem has, so that a law can fail on it. `few` says that there are fewer
    problems than a run has for other laws. `around` are problems that every run tries first, each with a strategy for
    problems like it, from which a smaller failing example is drawn. `missing` is why the installed torch has none of
    the problems, or None.
    """

    draw: Callable[[str | None, Family], st.SearchStrategy[Problem]]
    needs: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    of_family: bool = True
    instead: tuple[str, ...] = ()
    texts: bool = False
    gives: tuple[str, ...] = (EVERY_ROW_MOVES,)
    few: bool = False
    around: Callable[[str | None], Mapping[Problem, st.SearchStrategy[Problem]]] = lambda method: {}
    missing: str | None = None

    def __call__(self, method: str | None, family: Family = BERT) -> st.SearchStrategy[Problem]:
        families = self.drawn_from(family)
        drawn = st.one_of([self.draw(method, one) for one in families])
        if EVERY_ROW_MOVES in self.gives:
            drawn = drawn.map(moving)
        return drawn.map(finite) if any(one.narrows for one in families) else drawn

    def drawn_from(self, family: Family) -> tuple[Family, ...]:
        """The families of the problems in a run on `family`: as far as the installed transformers has them."""
        if family is not BERT or not self.instead:
            return (family,)
        named = tuple(FAMILIES[name] for name in self.instead)
        return tuple(one for one in named if not one.missing) or named[:1]

    def lacking(self, family: Family) -> str | None:
        """Why the domain has no problem of the family, or None."""
        if self.missing or not self.of_family:
            return self.missing
        return self.lacking_in(self.drawn_from(family)[0])

    def lacking_in(self, family: Family) -> str | None:
        """The same, though a run on the family may draw from others instead."""
        if family.missing:
            return family.missing
        for need in self.needs:
            there, reason = NEEDS[need]
            if not there(family):
                return f"{family.name}: {reason}"
        without = [name for name in self.variants if VARIANTS[name].lacking(family)]
        return f"{family.name}: it cannot have the variant {without[0]}" if without else None


def without_family(
    draw: Callable[[str | None], st.SearchStrategy[Problem]],
    gives: tuple[str, ...] = (EVERY_ROW_MOVES,),
    few: bool = False,
    missing: str | None = None,
) -> Domain:
    """A domain whose problems are the same for every family."""
    return Domain(lambda method, family: draw(method), of_family=False, gives=gives, few=few, missing=missing)
