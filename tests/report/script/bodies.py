"""The part of a reproducer that is about one law: a text in laws/, and what each answer may be off by, as numbers.

The numbers are the law's own budgets, so that a script and its law say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from reference.laws import places
from reference.laws.agreement import embeddings as agreement
from reference.laws.rule import of_rule
from reference.oracle.budget import Budget
from reference.oracle.expected import Oracle
from reference.oracle.quadrature import Rule
from reference.problem import Place, Problem
from tests.report.script.case import NoScript
from tests.report.script.refusals import REFUSALS, Refusal

Limits = Callable[[Problem, Rule], list[str]]


@dataclass(frozen=True)
class Body:
    """The text in laws/ that shows a law, and the lines that it reads: ALLOWED, LAYERS, or NAMES and CASES."""

    shown_by: str
    limits: Limits

    @property
    def text(self) -> str:
        return (Path(__file__).parent / "laws" / f"{self.shown_by}.py.txt").read_text(encoding="utf-8")


def everywhere(budget: Budget) -> list[str]:
    """What each example may be off by."""
    return [f"ALLOWED = {_numbers(budget)}  # for each example: {budget.why}"]


def at_layers(places: Iterable[Place], budget: Callable[[Place], Budget]) -> list[str]:
    """Each layer's name, whether its input is meant, and what each example may be off by there."""
    rows = (f"    ({place.path!r}, {place.at_input}, {_numbers(budget(place))})," for place in places)
    return ["# Name, whether its input is meant, and what rounding may make of each example.", "LAYERS = [", *rows, "]"]


def _numbers(budget: Budget) -> str:
    return f"[{', '.join(f'{value:.3g}' for value in budget.value.tolist())}]"


def _of_rule(problem: Problem, followed: Rule) -> list[str]:
    return everywhere(of_rule(followed, problem))


def _of_inputs(problem: Problem, followed: Rule) -> list[str]:
    return everywhere(Oracle.of(problem, followed).ig().elements)


def _of_input_delta(problem: Problem, followed: Rule) -> list[str]:
    return everywhere(Oracle.of(problem, followed).ig().gap)


def _of_layers(problem: Problem, followed: Rule) -> list[str]:
    oracle = Oracle.of(problem, followed)
    return at_layers(oracle.wide.places, lambda place: oracle.lig(place).elements)


def _of_called_layer(problem: Problem, followed: Rule) -> list[str]:
    if problem.call.layer is None:
        raise NoScript("the call names no layer")
    oracle = Oracle.of(problem, followed)
    return at_layers([Place.named(problem.call.layer)], lambda place: oracle.lig(place).elements)


def _of_layer_delta(problem: Problem, followed: Rule) -> list[str]:
    oracle = Oracle.of(problem, followed)
    return at_layers([places.embeddings(oracle.wide)], lambda place: oracle.lig(place).gap)


def _of_word_table(problem: Problem, followed: Rule) -> list[str]:
    oracle = Oracle.of(problem, followed)
    return at_layers([places.table(oracle.wide)], lambda place: agreement.twice(oracle.ig().elements))


def _of_norm_input(problem: Problem, followed: Rule) -> list[str]:
    oracle = Oracle.of(problem, followed)
    place = places.norm_input(oracle.wide)
    return at_layers([place], lambda place: oracle.ig().elements + oracle.lig(place).elements)


def _of_token_scores(problem: Problem, followed: Rule) -> list[str]:
    oracle = Oracle.of(problem, followed)
    place = places.embeddings(oracle.wide)
    return at_layers([place], lambda place: oracle.ig().tokens + oracle.lig(place).tokens)


def _of_tables(problem: Problem, followed: Rule) -> list[str]:
    oracle = Oracle.of(problem, followed)
    whole = places.norm_input(oracle.wide)
    tables = places.tables(oracle.wide)
    budgets = dict(zip(tables, (part.elements for part in oracle.tables(whole, tables)), strict=True))
    parts = at_layers(tables, budgets.__getitem__)
    return [*parts, f"NORM = {whole.path!r}"]


def _of_refusal(refusal: Refusal) -> Limits:
    return lambda problem, followed: refusal.lines(problem)


BODIES = {
    "nodes": Body("nodes", _of_rule),
    "weights": Body("weights", _of_rule),
    "input_attribution": Body("input_attribution", _of_inputs),
    "layer_attribution": Body("layer_attribution", _of_layers),
    "inner_attribution": Body("layer_attribution", _of_called_layer),
    "input_delta": Body("input_delta", _of_input_delta),
    "layer_delta": Body("layer_delta", _of_layer_delta),
    "word_embeddings_agree_with_inputs_embeds": Body("two_ways", _of_word_table),
    "norm_input_agrees_with_inputs_embeds": Body("two_ways", _of_norm_input),
    "affine_embeddings_agree": Body("token_scores", _of_token_scores),
    "joint_tables": Body("joint_tables", _of_tables),
    **{law: Body("refused", _of_refusal(refusal)) for law, refusal in REFUSALS.items()},
}
"""By law. A law that is not here fits on no page: its script is the law itself (whole.py)."""
