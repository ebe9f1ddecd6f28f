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

from reference.built_problem import MASK, Entry
from reference.constraint import LAYER
from reference.laws.agreement.embeddings import ISSUE
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import assert_equal, assert_shape
from reference.problem import Problem
from reference.subject import Subject, check_offered
from reference.violation import Violation, called, result_or_error, wrong_structure


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
    asking = Asking.of(WrongJointAttribution, problem, subject)
    tables = asking.built.tables
    right = asking.oracle.tables(asking.built.meeting, tables)
    # The part of a table whose ids are the same at both ends is 0.
    all_parts = torch.stack([expected.attribution for expected in right], dim=1)
    for table, got, expected in zip(tables, at_all_tables(asking), right, strict=True):
        asking.assert_attribution(got, f"joint LIG at {table}", expected, against=all_parts)


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
    asking = Asking.of(JointDisagrees, problem, subject)
    built = asking.built
    there = asking.at(built.meeting)
    parts, whole = at_all_tables(asking), there.shaped("", **_with_tables(there.entry))
    for part in parts:
        assert_shape(JointDisagrees, part, tuple(whole.shape), "a part of joint LIG")
    budget = there.expected.elements
    for table in asking.oracle.tables(built.meeting, built.tables):
        budget = budget + table.elements
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
    """Joint LIG at modules that get h/4 and 3h/4 = those shares of IG at h; of outputs in two parts, or an error."""
    asking = Asking.of(WrongShares, problem, subject)
    entry, expected = asking.entry, asking.expected

    def prepared(parts: int, by_keyword: bool, at_input: bool) -> Callable[[], Any]:
        quarter, rest = Parted(parts), Parted(parts)

        def run(module: nn.Module, hidden: Tensor) -> Tensor:
            outputs: tuple[Tensor, ...] = module(hidden=hidden) if by_keyword else module(hidden)
            return torch.stack(outputs).sum(0)

        def forward(points: Tensor, *additional: Any) -> Any:
            return entry.forward(run(quarter, points / 4) + run(rest, points * 3 / 4), *additional)

        more = {"additional_forward_args": entry.arguments, "attribute_to_layer_input": at_input}
        options = {"layer": [quarter, rest], "inputs": entry.inputs, **more, **asking.options}
        check_offered(subject, options)
        return partial(subject.lig, forward, baselines=entry.baselines, **options)

    for what, parts, by_keyword, at_input in (
        ("joint LIG at two inputs", 1, False, True),
        ("joint LIG at two outputs, called by keyword", 1, True, False),
        ("joint LIG at two outputs of two parts", 2, False, False),
    ):
        made = prepared(parts, by_keyword, at_input)
        if parts == 1:
            results = asking.list_of(2, called(WrongShares, what, made), what)
        else:
            returned = result_or_error(WrongShares, what, LAYER, made)
            if returned is None:
                continue
            if not isinstance(returned, list) or len(returned) != 2:
                raise wrong_structure(WrongShares, what, "a list of two attributions", returned)
            results = returned
        for result, of_module in zip(results, (0.25, 0.75), strict=True):
            share = of_module / parts
            shares = [asking.tensor(result, what)] if parts == 1 else asking.list_of(parts, result, what, tuple)
            for part in shares:
                assert_equal(
                    WrongShares,
                    got=part,
                    expected=share * expected.attribution,
                    budget=share * expected.elements,
                    what=f"{share} of {what}",
                )


def at_all_tables(asking: Asking) -> list[Tensor]:
    """Joint LIG over the tables, in the order of `tables`."""
    __tracebackhide__ = True
    there = asking.at(asking.built.word_table)
    return there.jointly(asking.built.tables, "joint LIG", **_with_tables(there.entry))


def _with_tables(entry: Entry) -> dict[str, Any]:
    """The call whose inputs are the ids of every table that the entry names: one joint path from end to end.

    What is left to the model has no path; what is not read by a table, the mask, stays an additional argument.
    """
    given = {name: value for name, value in entry.named.items() if value is not None}
    on_the_path = [name for name in given if name != MASK]
    ends = dict(zip(entry.names, entry.baseline_arguments, strict=True))

    def forward(ids: Tensor, *tables: Any) -> Any:
        read = dict(zip((*on_the_path, *(name for name in given if name == MASK)), tables, strict=True))
        return entry.forward(ids, *(read.get(name) for name in entry.names))

    return {
        "forward": forward,
        "inputs": (entry.inputs, *(given[name] for name in on_the_path)),
        "baselines": (entry.baselines, *(ends[name] for name in on_the_path)),
        "additional_forward_args": tuple(given[name] for name in given if name == MASK) or None,
    }
