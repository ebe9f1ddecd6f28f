"""Group *conventions*, what a result must not depend on: repetition, grad mode, flags."""

from __future__ import annotations

from dataclasses import replace

import torch

from reference.built_problem import Entry
from reference.constraint import INFERENCE_MODE
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.oracle.budget import Budget, assert_equal, assert_shape
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation


class NotRepeatable(Violation):
    """The same call gives other bits the second time."""


class FlagsMatter(Violation):
    """Grad mode, or `requires_grad` of parameters or inputs, changes the result."""


class TrainModeMatters(Violation):
    """Train mode without dropout changes the result."""


class WrongInInferenceMode(Violation):
    """Under `torch.inference_mode`, the result is neither right nor an error."""


@law(
    group="conventions",
    violation=NotRepeatable,
    needs={"ig"},
    domain="anywhere",
    source="https://github.com/meta-pytorch/captum/issues/981",
)
def same_call_twice(problem: Problem, subject: Subject) -> None:
    """The same call twice gives the same bits, in eval mode; on a GPU if torch's algorithms are deterministic."""
    asking = Asking.of(NotRepeatable, problem, subject)
    first, second = (asking.with_delta() for _ in range(2))
    if subject.device != "cpu" and not torch.are_deterministic_algorithms_enabled():
        asking.assert_both(first)
        asking.assert_both(second, f"{asking.what} the second time")
        return
    beside = first[0].reshape(1, -1)
    for before, after, of in zip(first, second, ("", "the delta of "), strict=True):
        what = f"{of}{asking.what}, called twice"
        assert_shape(NotRepeatable, after, tuple(before.shape), what)
        # In one row, whatever the shape: that is the concern of other laws.
        got, expected = (on_cpu(it).reshape(1, -1) for it in (after, before))
        exact = Budget.exact(1, "bitwise")
        assert_equal(NotRepeatable, got=got, expected=expected, budget=exact, what=what, against=beside)


@law(
    group="conventions",
    violation=FlagsMatter,
    needs={"ig"},
    domain="chunked_bags",
    source="https://github.com/meta-pytorch/captum/pull/324",
)
def flags(problem: Problem, subject: Subject) -> None:
    """Under no_grad in chunks of any size, with parameters frozen, with inputs requiring grad: the same result."""
    asking = Asking.of(FlagsMatter, problem, subject)
    asking = asking.calling(internal_batch_size=max(problem.call.internal_batch_size or 0, problem.data.batch))
    entry = asking.entry

    def check(how: str, entry: Entry = entry) -> None:
        what = f"{asking.what} {how}"
        asking.assert_both(asking.with_delta(what, entry), what)

    with torch.no_grad():
        check("under no_grad")
    asking.built.model.requires_grad_(False)
    check("with frozen parameters")
    if entry.inputs.is_floating_point():
        x, baseline = (end.clone().requires_grad_() for end in (entry.inputs, entry.baselines))
        check("with inputs requiring grad", replace(entry, inputs=x, baselines=baseline))


@law(
    group="conventions",
    violation=TrainModeMatters,
    needs={"ig"},
    domain="without_dropout",
    source="https://github.com/meta-pytorch/captum/issues/981",
    implied_by="layer_attribution",
)
def train_mode(problem: Problem, subject: Subject) -> None:
    """In train mode, without dropout: the same result, for it is the same function."""
    asking = Asking.of(TrainModeMatters, problem, subject)
    asking.built.model.train()
    what = f"{asking.what} in train mode"
    asking.assert_both(asking.with_delta(what), what)


@law(
    group="conventions",
    violation=WrongInInferenceMode,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/softwaremill/FoXAI/issues/146",
)
def inference_mode(problem: Problem, subject: Subject) -> None:
    """Under torch.inference_mode: the same result, or an error that names it."""
    asking = Asking.of(WrongInInferenceMode, problem, subject)
    what = f"{asking.what} under inference_mode"

    @torch.inference_mode(False)
    def outside() -> None:
        asking.assert_answered()

    with torch.inference_mode():
        got = asking.with_delta_or_error(INFERENCE_MODE, what, valid=outside)
    if got is not None:
        asking.assert_both(got, what)
