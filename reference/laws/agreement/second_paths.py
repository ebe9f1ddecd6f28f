"""Group *agreement*, second paths: where ids reach the output past the word table, and which modules cover all paths.

IG on `inputs_embeds` explains the model of the embeddings. That is the model of the ids only without a second path:
positions that are counted from the ids, a mask made of them, a decoder with its own table, the last unpadded token.
"""

from __future__ import annotations

import torch

from reference.laws.agreement.joint import at_all_tables
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_shape, assert_within, with_integrals
from reference.oracle.path_integral import totals
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

PADDING = "https://github.com/huggingface/transformers/issues/34218"


class AnotherFunction(Violation):
    """F of the embeddings is not F of the ids, and the family knows no second path that explains it."""


class CoverIncomplete(Violation):
    """Joint LIG at modules that cover all paths does not add up to the change of F."""


@law(group="agreement", violation=AnotherFunction, needs=set(), source=PADDING, domain="ids_with_pad")
def same_function(problem: Problem, subject: Subject) -> None:
    """F(inputs_embeds = table(ids)) = F(ids) at both ends, unless ids reach the output by the family's second path."""
    asking = Asking.of(AnotherFunction, problem, subject)
    family, data = problem.model.family, problem.data
    padded = any(family.pad in row for row in (*data.ids, *data.baseline))
    if family.by_pad and padded and not asking.oracle.one_function():
        raise NotApplicable(f"second path of {family.name}: {family.second_path}")
    by_ids, by_embeddings = asking.oracle.ends(), asking.oracle.input_ends()
    for end, one, other in zip(("x", "x'"), by_ids, by_embeddings, strict=True):
        assert_within(
            AnotherFunction,
            error=one - other,
            budget=Budget(asking.oracle.floor(one.abs() + other.abs()), "rounding of F"),
            against=one,
            what=f"F of the embeddings against F of the ids, at {end}",
        )


@law(
    group="agreement",
    violation=CoverIncomplete,
    needs={"lig"},
    source="https://github.com/meta-pytorch/captum/issues/1119",
    domain="covered",
    implied_by="joint_tables",
)
def joint_cover(problem: Problem, subject: Subject) -> None:
    """Σ of joint LIG at all tables that read ids = F(x) − F(x') + the rule's gap, though ids go by two paths."""
    asking = Asking.of(CoverIncomplete, problem, subject)
    built, oracle = asking.built, asking.oracle
    meeting = built.parts.meeting
    if meeting and oracle.second_path(meeting):
        raise NotApplicable("second path: ids reach the output past the sum of all tables")
    together = asking.at(meeting)
    integral = oracle.integral(meeting)
    predicted = totals(together.expected.attribution) - totals(integral.attribution)
    end, start = oracle.ends()
    parts = at_all_tables(asking)
    for part in parts:
        assert_shape(CoverIncomplete, part, (problem.data.batch, *part.shape[1:]), "a part of joint LIG")
    total = torch.stack([totals(on_cpu(part)) for part in parts]).sum(0)
    assert_within(
        CoverIncomplete,
        error=total - (end - start) - predicted,
        budget=with_integrals(together.expected.between_functions.gap, integral),
        against=end - start,
        what="the completeness gap of joint LIG at all tables",
        got=total - (end - start),
        expected=predicted,
    )
