"""What a common mistake gives in place of the right attribution, for each problem in which it can be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.tools.vectors import functions, rules
from tests.tools.vectors.path import Path, Rows
from tests.tools.vectors.rules import Rule


@dataclass(frozen=True)
class Case:
    """A problem with its path and its right attribution, in 50 digits."""

    problem: Mapping[str, Any]
    path: Path
    rule: Rule
    right: Rows

    def scaled(self, factors: Rows) -> Rows:
        """The right average gradient times other factors than Δ."""
        return _product(self.path.average_gradient(self.rule), factors)

    def along(self, **changes: Any) -> Rows:
        """The attribution along a path with another end, target or function."""
        return replace(self.path, **changes).attribution(self.rule)

    @property
    def zeros(self) -> Rows:
        return [[self.path.arithmetic.real.zero] * len(row) for row in self.right]

    @property
    def deltas(self) -> Rows:
        return [self.path.delta(example) for example in range(len(self.right))]


def _product(rows: Rows, others: Rows) -> Rows:
    return [[a * b for a, b in zip(*pair, strict=True)] for pair in zip(rows, others, strict=True)]


def steps_and_rows_exchanged(case: Case) -> Rows:
    """The gradients of (steps, examples) rows, summed as if they were (examples, steps)."""
    size = len(case.right)
    rows = [case.path.gradient(example, node) for node, _ in case.rule for example in range(size)]
    steps = len(case.rule)
    sums = []
    for example in range(size):
        own = rows[example * steps : (example + 1) * steps]
        weighted = [[weight * slope for slope in row] for (_, weight), row in zip(case.rule, own, strict=True)]
        sums.append([sum(column) for column in zip(*weighted, strict=True)])
    return _product(sums, case.deltas)


def rescaled_to_total(case: Case) -> Rows | None:
    """The attribution times (F(x) − F(x')) / Σ attribution."""
    result = []
    for example, row in enumerate(case.right):
        ends = (case.path.value(example, end[example]) for end in (case.path.inputs, case.path.baselines))
        if not sum(row):
            return None
        change = next(ends) - next(ends)
        result.append([element * change / sum(row) for element in row])
    return result


def normalized(case: Case) -> Rows | None:
    """The attribution divided by its Euclidean norm."""
    norms = [case.path.arithmetic.real.sqrt(sum(element**2 for element in row)) for row in case.right]
    return [[one / norm for one in row] for row, norm in zip(case.right, norms, strict=True)] if all(norms) else None


def _outputs(case: Case) -> bool:
    return case.problem["target"] is not None


def _several(case: Case) -> bool:
    return len(case.right) > 1


CALLS: dict[str, Callable[[Case], Rows | None]] = {
    "DeltaMissing": lambda case: case.path.average_gradient(case.rule),
    "InputForDelta": lambda case: case.scaled(case.path.inputs),
    "BaselineZero": lambda case: case.along(baselines=case.zeros),
    "PathFromZero": lambda case: _product(
        replace(case.path, baselines=case.zeros).average_gradient(case.rule), case.deltas
    ),
    "EndsExchanged": lambda case: case.along(inputs=case.path.baselines, baselines=case.path.inputs),
    "GradientAtInput": lambda case: case.path.attribution(((1, 1),)),
    "AbsoluteValue": lambda case: [[abs(one) for one in row] for row in case.right],
    "DividedByNorm": normalized,
    "RescaledToTotal": rescaled_to_total,
    "FirstOutput": lambda case: case.along(targets=[0] * len(case.right)) if _outputs(case) else None,
    "SummedOutputs": lambda case: case.along(targets=[None] * len(case.right)) if _outputs(case) else None,
    "FirstTargetForAll": lambda case: (
        case.along(targets=[case.path.targets[0]] * len(case.right)) if _several(case) and _outputs(case) else None
    ),
    "FirstBaselineForAll": lambda case: (
        case.along(baselines=[case.path.baselines[0]] * len(case.right)) if _several(case) else None
    ),
    "MeanOverBatch": lambda case: (
        [[one / len(case.right) for one in row] for row in case.right] if _several(case) else None
    ),
    "StepsAndRowsExchanged": lambda case: steps_and_rows_exchanged(case) if _several(case) else None,
}
"""The mistakes of a caller, or of the implementation of the definition."""


def results(case: Case) -> Iterator[tuple[str, Rows]]:
    """The flag of each mistake that can be made here, and the attribution that it gives."""
    method, n = case.problem["rule"]["method"], case.problem["rule"]["n_steps"]
    for flag in rules.FLAGS:
        if (other := rules.mistaken(flag, method, n)) is not None:
            yield flag, case.path.attribution(other)
    for flag, result in CALLS.items():
        if (rows := result(case)) is not None:
            yield flag, rows
    for flag in functions.MISTAKES:
        if functions.concerns(flag, case.problem["function"]):
            yield flag, case.along(mistake=flag)
