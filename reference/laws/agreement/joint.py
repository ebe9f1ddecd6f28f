"""Group *agreement*, several layers at once: joint LIG over BERT's three embedding tables, one path for all.

Each table's part is the path's average gradient times the table's own Δ, so the parts add up to the attribution where
the tables meet, at the input of the LayerNorm. Separate calls for each table would walk three other paths.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from reference.laws.agreement.embeddings import ISSUE
from reference.laws.ask import known_rule, on_cpu, options, setting_for
from reference.laws.calling import expected_by, oracle_of
from reference.laws.law import law
from reference.laws.places import norm_input, tables
from reference.laws.value.layer_forms import NAMES
from reference.oracle.budget import Budget, assert_equal
from reference.oracle.expected import Oracle
from reference.problem import Entry, Problem, Setting
from reference.subject import Subject
from reference.violation import Severity, Violation, answer_or_refusal, asking


class WrongJointAttribution(Violation):
    """A table's part in joint LIG is not the rule's sum along the joint path."""


class JointDisagrees(Violation):
    """Joint LIG over the three tables does not add up to LIG at the LayerNorm's input."""


class WrongShares(Violation):
    """Two modules that share h are not attributed their shares of the attribution at h."""


class Parted(nn.Module):
    """Hands its argument on in a tuple of so many equal parts, and has no parameter."""

    def __init__(self, parts: int) -> None:
        super().__init__()
        self.parts = parts

    def forward(self, hidden: Tensor) -> tuple[Tensor, ...]:
        return (hidden / self.parts,) * self.parts


@law(group="agreement", violation=WrongJointAttribution, needs={"lig"}, source=ISSUE, domain="joint")
def joint_tables(problem: Problem, subject: Subject) -> None:
    """Joint LIG over word, position and type tables: each part = Σ_k w_k ∇F ⊙ Δ_table, (batch, length, hidden)."""
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    answers = oracle.tables(norm_input(setting), tables(setting))
    parts = _joint(WrongJointAttribution, problem, subject, setting)
    for place, got, expected in zip(tables(setting), parts, answers, strict=True):
        assert_equal(
            WrongJointAttribution,
            got=got,
            expected=expected.attribution,
            budget=expected.elements,
            what=f"joint LIG at {place}",
        )


@law(
    group="agreement",
    violation=JointDisagrees,
    needs={"lig"},
    source=ISSUE,
    domain="joint",
    implied_by="joint_tables",
)
def joint_tables_add_up(problem: Problem, subject: Any) -> None:
    """Joint LIG over word + position + type tables = LIG at the input of embeddings.LayerNorm, element for element."""
    setting = setting_for(problem, subject)
    oracle = Oracle.of(problem, known_rule(problem, subject))
    place = norm_input(setting)
    parts = _joint(JointDisagrees, problem, subject, setting)
    forward, ends = _with_tables(setting)
    whole = asking(
        JointDisagrees,
        f"LIG at {place}",
        lambda: subject.lig(
            forward, place.module(setting.model), *ends, attribute_to_layer_input=True, **options(problem, setting)
        ),
    )
    budget = oracle.lig(place).elements
    for part in oracle.tables(place, tables(setting)):
        budget = budget + part.elements
    assert_equal(
        JointDisagrees,
        got=torch.stack([on_cpu(part) for part in parts]).sum(0),
        expected=on_cpu(whole),
        budget=budget,
        what="the sum of joint LIG against LIG at the LayerNorm's input",
    )


@law(
    group="agreement",
    violation=WrongShares,
    needs={"lig"},
    source="https://github.com/meta-pytorch/captum/pull/532",
    domain="bags_by_embeddings",
    implied_by="joint_tables",
)
def shares_of_layers(problem: Problem, subject: Any) -> None:
    """Joint LIG at modules that get h/4 and 3h/4 = those shares of IG at h; of outputs in two parts, or a refusal."""
    setting = setting_for(problem, subject)
    entry, expected = setting.embeddings, expected_by(oracle_of(problem, subject))

    def ask(parts: int, by_keyword: bool, at_input: bool) -> Any:
        quarter, rest = Parted(parts), Parted(parts)

        def run(module: nn.Module, hidden: Tensor) -> Tensor:
            outputs: tuple[Tensor, ...] = module(hidden=hidden) if by_keyword else module(hidden)
            return torch.stack(outputs).sum(0)

        def forward(points: Tensor, *additional: Any) -> Any:
            return entry.forward(run(quarter, points / 4) + run(rest, points * 3 / 4), *additional)

        more = {"additional_forward_args": entry.additional, "attribute_to_layer_input": at_input}
        return subject.lig(forward, [quarter, rest], entry.inputs, entry.baselines, **more, **options(problem, setting))

    for what, parts, by_keyword, at_input in (
        ("joint LIG at two inputs", 1, False, True),
        ("joint LIG at two outputs, called by keyword", 1, True, False),
        ("joint LIG at two outputs of two parts", 2, False, False),
    ):
        asked = partial(ask, parts, by_keyword, at_input)
        answers = asking(WrongShares, what, asked) if parts == 1 else answer_or_refusal(WrongShares, what, NAMES, asked)
        if answers is None:
            continue
        if not isinstance(answers, list) or len(answers) != 2:
            raise WrongShares(f"{what}: expected a list of two attributions", Severity.WRONG_SHAPE)
        for answer, of_module in zip(answers, (0.25, 0.75), strict=True):
            share, shares = of_module / parts, answer if isinstance(answer, tuple) else (answer,)
            if len(shares) != parts:
                raise WrongShares(f"{what}: {len(shares)} attributions of {parts} parts", Severity.WRONG_SHAPE)
            for part in shares:
                assert_equal(
                    WrongShares,
                    got=part,
                    expected=share * expected.attribution,
                    budget=Budget(share * expected.elements.value, expected.elements.why),
                    what=f"{share} of {what}",
                )


def _joint(kind: type[Violation], problem: Problem, subject: Any, setting: Setting) -> list[Tensor]:
    """Joint LIG over the three tables, in the order of `tables`."""
    __tracebackhide__ = True
    forward, ends = _with_tables(setting)
    modules = [place.module(setting.model) for place in tables(setting)]
    parts = asking(kind, "joint LIG", lambda: subject.lig(forward, modules, *ends, **options(problem, setting)))
    if not isinstance(parts, list) or len(parts) != len(modules):
        raise kind(f"joint LIG: expected a list of {len(modules)} attributions", Severity.WRONG_SHAPE)
    return parts


def _with_tables(setting: Setting) -> tuple[Callable[..., Any], tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]:
    """A forward of (ids, types, positions), without those that are left to the model; both ends of the joint path."""
    entry: Entry = setting.layered
    mask, *given = entry.additional
    _, *baseline_given = entry.baseline_additional or entry.additional
    present = [argument is not None for argument in given]

    def forward(ids: Tensor, *tables: Tensor) -> Any:
        rest = iter(tables)
        return entry.forward(ids, _rows(mask, len(ids)), *(next(rest) if there else None for there in present))

    inputs = (entry.inputs, *(argument for argument in given if argument is not None))
    baselines = (entry.baselines, *(argument for argument in baseline_given if argument is not None))
    return forward, (inputs, baselines)


def _rows(mask: Tensor | None, rows: int) -> Tensor | None:
    """The mask tiled step-major to `rows`: a closed-over argument that the subject does not see."""
    return None if mask is None else mask.repeat(rows // len(mask), 1)
