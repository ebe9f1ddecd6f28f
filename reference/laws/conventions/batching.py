"""Group *conventions*, how examples and steps are put into batches: no value depends on it, and no chunk is too large.

To rounding, never bitwise: the bits of a row depend on its place in the batch.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.laws.ask import on_cpu
from reference.laws.calling import (
    assert_answer,
    assert_attribution,
    built,
    call,
    entry_of,
    expected_by,
    oracle_of,
    where,
    with_delta,
)
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_equal
from reference.problem import Entry, Problem, Setting
from reference.subject import Subject
from reference.violation import Severity, Violation, answer_or_refusal, asking

MEMORY = "https://github.com/meta-pytorch/captum/issues/538"
PADDED = 3


class WrongInChunks(Violation):
    """`internal_batch_size` changes the answer."""


class TooManyRows(Violation):
    """A call of the forward has more rows than `internal_batch_size` allows."""


class BatchMatters(Violation):
    """An example's attribution depends on those beside it."""


class OrderMatters(Violation):
    """An example's attribution depends on its place in the batch."""


class PaddingMatters(Violation):
    """Masked tokens after a row change the attribution of the row's own."""


@law(group="conventions", violation=WrongInChunks, needs={"ig"}, domain="chunked_bags", source=MEMORY)
def chunks(problem: Problem, subject: Subject) -> None:
    """With internal_batch_size = b, for every b: the attribution and delta of one chunk (b < batch: or a refusal)."""
    setting = built(problem, subject)
    answer = _in_chunks(WrongInChunks, problem, subject, setting, entry_of(problem, setting))
    if answer is not None:
        what = f"{where(problem)} in chunks of {problem.call.internal_batch_size}"
        assert_answer(WrongInChunks, answer, expected_by(oracle_of(problem, subject)), what)


@law(group="conventions", violation=TooManyRows, needs={"ig"}, domain="chunked_bags", source=MEMORY)
def rows_of_a_chunk(problem: Problem, subject: Subject) -> None:
    """No call of the forward has more than internal_batch_size rows, whatever the batch, or the call is refused."""
    setting = built(problem, subject)
    entry = entry_of(problem, setting)
    rows: list[int] = []

    def counting(points: Tensor, *additional: Any) -> Any:
        rows.append(len(points))
        return entry.forward(points, *additional)

    answer = _in_chunks(TooManyRows, problem, subject, setting, replace(entry, forward=counting))
    allowed = problem.call.internal_batch_size or 0
    if answer is not None and max(rows, default=0) > allowed:
        raise TooManyRows(
            f"{where(problem)}: a call of the forward has {max(rows)} rows, internal_batch_size is {allowed}",
            Severity.WRONG_SHAPE,
        )


def _in_chunks(kind: type[Violation], problem: Problem, subject: Subject, setting: Setting, entry: Entry) -> Any:
    """The answer; a chunk smaller than the batch may be refused."""
    __tracebackhide__ = True
    what = f"{where(problem)} in chunks of {problem.call.internal_batch_size}"

    def ask() -> Any:
        return with_delta(problem, subject, setting, entry)

    if (problem.call.internal_batch_size or 0) >= len(entry.inputs):
        return asking(kind, what, ask)
    return answer_or_refusal(kind, what, ("internal_batch_size", "internal batch size"), ask)


@law(
    group="conventions",
    violation=BatchMatters,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/inseq-team/inseq/issues/110",
    implied_by="layer_attribution",
)
def batch_is_its_examples(problem: Problem, subject: Subject) -> None:
    """The attribution of a batch = the attributions of its examples, each asked alone."""
    examples = [[example] for example in range(problem.data.batch)]
    _assert_regrouped(BatchMatters, problem, subject, examples, "asked one by one")


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
    backwards = list(reversed(range(problem.data.batch)))
    _assert_regrouped(OrderMatters, problem, subject, [[*backwards, 0]], "permuted")


@law(
    group="conventions",
    violation=PaddingMatters,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/meta-pytorch/captum/issues/1269",
    implied_by="layer_attribution",
)
def padding(problem: Problem, subject: Subject) -> None:
    """A row with masked tokens after it has the row's own attribution on the row's own tokens."""
    setting = built(problem, subject)
    padded = _padded(entry_of(problem, setting))
    got = asking(PaddingMatters, where(problem), lambda: call(problem, subject, setting, padded))
    own = got[:, : problem.data.length] if isinstance(got, Tensor) and got.dim() > 1 else got
    what = f"{where(problem)}, padded by {PADDED} masked tokens"
    assert_attribution(PaddingMatters, own, expected_by(oracle_of(problem, subject)), what)


def _padded(entry: Entry) -> Entry:
    """The entry with masked tokens at the end of each row, which move from the row's own end to the baseline's."""
    mask, types, positions = entry.additional
    rows, length = entry.inputs.shape[:2]
    seen = torch.ones(rows, length, dtype=torch.long, device=entry.inputs.device) if mask is None else mask
    hidden = seen.new_zeros(rows, PADDED)

    def after(own: Tensor, more: Tensor) -> Tensor:
        return torch.cat((own, more[:, -1:].expand(-1, PADDED, *more.shape[2:])), dim=1)

    return replace(
        entry,
        inputs=after(entry.inputs, entry.baselines),
        baselines=after(entry.baselines, entry.inputs),
        additional=(
            torch.cat((seen, hidden), dim=1),
            *(None if given is None else torch.cat((given, hidden), dim=1) for given in (types, positions)),
        ),
    )


def _assert_regrouped(
    kind: type[Violation], problem: Problem, subject: Subject, groups: list[list[int]], how: str
) -> None:
    """Each group of examples, asked as a batch of its own, has the attributions that they have in the whole batch."""
    __tracebackhide__ = True
    setting = built(problem, subject)
    entry = entry_of(problem, setting)

    def ask(group: list[int]) -> Tensor:
        asked = problem.asking(target=_target(problem, group))
        what = f"{where(problem)} of the examples {group}"
        answer = asking(kind, what, lambda: call(asked, subject, setting, _taken(entry, group)))
        if not isinstance(answer, Tensor):
            raise kind(f"{what}: expected a tensor, got a {type(answer).__name__}", Severity.WRONG_SHAPE)
        return on_cpu(answer)

    expected = expected_by(oracle_of(problem, subject))
    whole = ask(list(range(problem.data.batch)))
    regrouped = torch.cat([ask(group) for group in groups])
    order = torch.tensor([example for group in groups for example in group])
    budget = Budget(2 * expected.elements.value[order], expected.elements.why)
    assert_equal(kind, got=regrouped, expected=whole[order], budget=budget, what=f"{where(problem)}, {how}")


def _taken(entry: Entry, group: list[int]) -> Entry:
    """The entry with these examples only."""
    return replace(
        entry,
        inputs=entry.inputs[group],
        baselines=entry.baselines[group],
        additional=tuple(None if given is None else given[group] for given in entry.additional),
    )


def _target(problem: Problem, group: list[int]) -> Any:
    """The target of these examples."""
    target = problem.call.target
    return tuple(target[example] for example in group) if isinstance(target, tuple) else target
