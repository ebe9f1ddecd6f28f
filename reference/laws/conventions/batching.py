"""Group *conventions*, how examples and steps are put into batches: no value depends on it, and no chunk is too large.

To rounding, never bitwise: the bits of a row depend on its place in the batch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import MASK, Entry
from reference.constraint import CHUNK
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_equal, assert_shape
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Severity, Violation

STEPS = 40
STEPS_A_CHUNK = 4
ENDS = 4
"""Calls of the forward at the two ends of the path: for a layer's values there, and for the delta."""

MEMORY = "https://github.com/meta-pytorch/captum/issues/538"
PADDED = 3


class WrongInChunks(Violation):
    """`internal_batch_size` changes the result."""


class TooManyRows(Violation):
    """A call of the forward has more rows than `internal_batch_size` allows."""


class ChunksNotFilled(Violation):
    """The forward is called much more often than full chunks need."""


class BatchMatters(Violation):
    """An example's attribution depends on those beside it."""


class OrderMatters(Violation):
    """An example's attribution depends on its place in the batch."""


class PaddingMatters(Violation):
    """Masked tokens after a row change the attribution of the row's own."""


@law(group="conventions", violation=WrongInChunks, needs={"ig"}, domain="chunked_bags", source=MEMORY)
def chunks(problem: Problem, subject: Subject) -> None:
    """With internal_batch_size = b, for every b: the attribution and delta of one chunk (b < batch: or an error)."""
    asking = Asking.of(WrongInChunks, problem, subject)
    what = f"{asking.what} in chunks of {problem.call.internal_batch_size}"
    got = _in_chunks(asking, asking.entry, what)
    if got is not None:
        asking.assert_both(got, what)


@law(group="conventions", violation=TooManyRows, needs={"ig"}, domain="chunked_bags", source=MEMORY)
def rows_of_a_chunk(problem: Problem, subject: Subject) -> None:
    """No call of the forward has more than internal_batch_size rows, whatever the batch, or there is an error."""
    asking = Asking.of(TooManyRows, problem, subject)
    entry, allowed = asking.entry, problem.call.internal_batch_size or 0
    rows: list[int] = []

    def counting(points: Tensor, *additional: Any) -> Any:
        rows.append(len(points))
        return entry.forward(points, *additional)

    got = _in_chunks(asking, replace(entry, forward=counting), f"{asking.what} in chunks of {allowed}")
    if got is not None and max(rows, default=0) > allowed:
        raise TooManyRows(
            f"{asking.what} with return_convergence_delta=True: a call of the forward has {max(rows)} rows, "
            f"internal_batch_size is {allowed}",
            Severity.WRONG_SHAPE,
        )


@law(
    group="conventions",
    violation=ChunksNotFilled,
    needs={"ig", "fills_chunks"},
    domain="bags_anywhere",
    source=MEMORY,
)
def full_chunks(problem: Problem, subject: Subject) -> None:
    """In chunks of four steps, forty steps take ten calls of the forward, and at most four for the ends of the path."""
    asking = Asking.of(ChunksNotFilled, problem, subject)
    asking = asking.calling(n_steps=STEPS, internal_batch_size=STEPS_A_CHUNK * problem.data.batch)
    entry, calls = asking.entry, 0

    def counting(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        return entry.forward(*arguments)

    asking.attribution(entry=replace(entry, forward=counting))
    if calls > STEPS // STEPS_A_CHUNK + ENDS:
        raise ChunksNotFilled(
            f"{asking.what}: {calls} calls of the forward for {STEPS} steps in chunks of {STEPS_A_CHUNK} steps",
            Severity.WRONG_SHAPE,
        )


def _in_chunks(asking: Asking, entry: Entry, what: str) -> tuple[Tensor, Tensor] | None:
    """Attribution and delta; a chunk smaller than the batch may be an error."""
    __tracebackhide__ = True
    if (asking.problem.call.internal_batch_size or 0) >= len(entry.inputs):
        return asking.with_delta(what, entry)
    return asking.with_delta_or_error(CHUNK, what, entry)


@law(
    group="conventions",
    violation=BatchMatters,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/inseq-team/inseq/issues/110",
    implied_by="layer_attribution",
)
def batch_is_its_examples(problem: Problem, subject: Subject) -> None:
    """The attribution of a batch = the attributions of its examples, each called alone."""
    asking = Asking.of(BatchMatters, problem, subject)
    _assert_regrouped(asking, [[example] for example in range(problem.data.batch)], "called one by one")


@law(
    group="conventions",
    violation=OrderMatters,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/meta-pytorch/captum/issues/373",
    implied_by="layer_attribution",
)
def order_of_examples(problem: Problem, subject: Subject) -> None:
    """The attribution of a permuted batch, one example twice = the attribution of the batch, permuted."""
    asking = Asking.of(OrderMatters, problem, subject)
    _assert_regrouped(asking, [[*reversed(range(problem.data.batch)), 0]], "permuted")


@law(
    group="conventions",
    violation=PaddingMatters,
    needs={"ig"},
    domain="padded",
    source="https://github.com/meta-pytorch/captum/issues/1269",
    implied_by="layer_attribution",
)
def padding(problem: Problem, subject: Subject) -> None:
    """A row with masked tokens after it has the row's own attribution on the row's own tokens."""
    asking = Asking.of(PaddingMatters, problem, subject)
    read, mask = asking.built.read(problem.call.target), asking.entry.explicit_mask.bool().cpu()
    if problem.model.family.masks_queries and bool((read & ~mask).any()):
        raise NotApplicable("the head reads a masked position, which attends to the tokens after the row, too")
    what = f"{asking.what}, padded by {PADDED} masked tokens"
    got = asking.attribution(what, _padded(asking.entry))
    own = got[:, : problem.data.length] if got.dim() > 1 else got
    asking.assert_attribution(own, what)


def _padded(entry: Entry) -> Entry:
    """The entry with masked tokens at the end of each row, which move from the row's own end to the baseline's."""
    hidden = entry.explicit_mask.new_zeros(len(entry.inputs), PADDED)

    def after(own: Tensor, more: Tensor) -> Tensor:
        return torch.cat((own, more[:, -1:].expand(-1, PADDED, *more.shape[2:])), dim=1)

    longer = {name: torch.cat((given, hidden), dim=1) for name, given in entry.named.items() if given is not None}
    return replace(
        entry, inputs=after(entry.inputs, entry.baselines), baselines=after(entry.baselines, entry.inputs)
    ).with_arguments(**{**longer, MASK: torch.cat((entry.explicit_mask, hidden), dim=1)})


def _assert_regrouped(asking: Asking, groups: list[list[int]], how: str) -> None:
    """Each group of examples, called as a batch of its own, has the attributions that they have in the whole batch."""
    __tracebackhide__ = True
    expected = asking.expected

    def of(group: list[int]) -> Tensor:
        there = asking.calling(target=_target(asking, group))
        what = f"{asking.what} of the examples {group}"
        got = there.attribution(what, _taken(asking.entry, group))
        assert_shape(asking.violation, got, (len(group), *expected.attribution.shape[1:]), what)
        return on_cpu(got)

    whole = of(list(range(asking.problem.data.batch)))
    regrouped = torch.cat([of(group) for group in groups])
    order = torch.tensor([example for group in groups for example in group])
    budget = Budget(2 * expected.elements.value[order], expected.elements.why)
    what = f"{asking.what}, {how}"
    assert_equal(asking.violation, got=regrouped, expected=whole[order], budget=budget, what=what)


def _taken(entry: Entry, group: list[int]) -> Entry:
    """The entry with these examples only."""
    taken = {name: None if given is None else given[group] for name, given in entry.named.items()}
    return replace(entry, inputs=entry.inputs[group], baselines=entry.baselines[group]).with_arguments(**taken)


def _target(asking: Asking, group: list[int]) -> Any:
    """The target of these examples."""
    target: Any = asking.problem.call.target
    return tuple(target[example] for example in group) if asking.built.of_each(target) else target
