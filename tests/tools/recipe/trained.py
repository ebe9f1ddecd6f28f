"""A trained model on which the default of 50 steps is not enough: the ALBERT of rxnmapper, a masked language model."""

from __future__ import annotations

from collections.abc import Iterator

from reference.models.saved_head import TrainedHead
from reference.oracle.oracle import Oracle
from reference.oracle.path import input_path
from reference.oracle.path_integral import totals
from reference.oracle.quadrature import rule
from reference.problem import Call, Problem, Tokens

ALBERT = TrainedHead(
    package="rxnmapper",
    inside="models/transformers/albert_heads_8_uspto_all_1310k",
    architecture="albert",
    head="masked",
)

REACTION = "C C = O >> C C O"
"""Acetaldehyde to ethanol; F is the logit of the product's second carbon, which the model sees."""

READ = 7

STEPS = (20, 50, 100, 300)
"""Numbers of steps of the table: 50 is Captum's default."""


def reaction(model: TrainedHead, baseline: str) -> Tokens:
    """The reaction between CLS and SEP; the baseline has the special token in place of each of its tokens."""
    tokens = REACTION.split()
    ids, blanks = (model.ids(f"[CLS] {' '.join(row)} [SEP]") for row in (tokens, [baseline] * len(tokens)))
    return Tokens(ids=(ids,), baseline=(blanks,))


def asked(n_steps: int) -> Problem:
    """The problem, from the mask token, in float64."""
    data = reaction(ALBERT, "[MASK]")
    return Problem(model=ALBERT, data=data, call=Call(n_steps=n_steps, target=(READ, data.ids[0][READ])))


def gap_and_change(n_steps: int) -> tuple[float, float, float]:
    """The right completeness gap with so many steps, F(x) − F(x'), and the budget of the gap for rounding."""
    expected = Oracle.of(asked(n_steps), rule("gausslegendre", n_steps)).ig()
    change = float(expected.change)
    return float(totals(expected.attribution)) - change, change, float(expected.gap.value)


def table() -> Iterator[str]:
    """A row for each number of steps."""
    yield "| steps | total | F(x) − F(x') |"
    yield "|--:|--:|--:|"
    problem = asked(STEPS[0])
    path = input_path(problem.build(), problem.call.target)
    end, start = path.ends()
    for n_steps in STEPS:
        total = totals(path.sum(rule("gausslegendre", n_steps)).attribution)
        yield f"| {n_steps} | {float(total):.2f} | {float(end - start):.2f} |"
