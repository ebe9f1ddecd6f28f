"""Group *purity*: a call leaves everything as it was, whether it returns or raises, and keeps nothing alive.

What a model returns after a call, what a training step sees in `.grad`, which random numbers come next: none of it
may depend on whether an attribution was computed in between.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import Entry
from reference.laws.asking import Asking
from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.laws.purity.provocations import (
    Failing,
    Interrupted,
    OutOfMemory,
    collector_on_what_is_new,
    put_to_use,
    unseeded,
    without_collector,
)
from reference.laws.purity.shared_state import SharedState
from reference.laws.purity.snapshot import Snapshot
from reference.oracle.budget import assert_equal, assert_shape
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Severity, Violation

CAPTUM = "https://github.com/meta-pytorch/captum/"


class ModelChanged(Violation):
    """A module, parameter, buffer, gradient, flag or hook is not what it was before the call."""


class ArgumentsChanged(Violation):
    """An argument is not what it was before the call."""


class SharedStateChanged(Violation):
    """Random numbers, gradient mode or a default of the process are not what they were before the call."""


class FailureLeavesTraces(Violation):
    """A call whose forward or backward failed leaves something changed, or hides the failure."""


class GraphKept(Violation):
    """An attribution holds the graph back to the parameters."""


class GraphDependsOnChunks(Violation):
    """The derivative of an attribution changes with internal_batch_size."""


class MemoryGrows(Violation):
    """Each call leaves tensors behind."""


class InputCallKeepsModel(Violation):
    """After IG only the cyclic garbage collector can free the model."""


class LayerCallKeepsModel(Violation):
    """After LIG only the cyclic garbage collector can free the model."""


@law(group="purity", violation=ModelChanged, needs={"ig"}, domain="modules", source=CAPTUM + "issues/793")
def model_unchanged(problem: Problem, subject: Subject) -> None:
    """Every attribute of every module, every parameter, buffer, .grad, flag, hook, and F, after a call = before it."""
    asking = Asking.of(ModelChanged, problem, subject)
    model = asking.built.model
    put_to_use(model)
    before, output = Snapshot.of(model), _output(asking)
    asking.attribution()
    _assert_unchanged(asking, asking.what, before)
    if not torch.equal(_output(asking), output):
        raise ModelChanged(f"{asking.what}: the model's output is another one after the call")


@law(group="purity", violation=ArgumentsChanged, needs={"ig"}, domain="bags_anywhere", source=CAPTUM + "pull/597")
def arguments_unchanged(problem: Problem, subject: Subject) -> None:
    """Inputs, baselines, additional arguments and target after a call = before it: value, requires_grad and .grad."""
    asking = Asking.of(ArgumentsChanged, problem, subject)
    entry, target = asking.entry, asking.options["target"]
    given = _tensors(entry)
    for needing_gradient in (False, True):
        if needing_gradient and entry.inputs.is_floating_point():
            entry.inputs.requires_grad_().grad = torch.ones_like(entry.inputs)
        before, target_before = Snapshot.of(asking.built.model, given), repr(target)
        asking.with_delta(target=target)
        _assert_unchanged(asking, asking.what, before)
        if repr(target) != target_before:
            raise ArgumentsChanged(f"{asking.what}: target was {target_before}, and is {target!r} after the call")


@law(
    group="purity",
    violation=SharedStateChanged,
    needs={"ig"},
    domain="bags_anywhere",
    source="https://github.com/Qiskit/qiskit/issues/2850",
)
def shared_state_unchanged(problem: Problem, subject: Subject) -> None:
    """Random states, modes and switches of torch, NumPy's error state, warnings filters, after a call = before it."""
    asking = Asking.of(SharedStateChanged, problem, subject)
    for gradients in (True, False):
        with unseeded(), torch.set_grad_enabled(gradients):
            before = SharedState.of_now()  # without the model: that is another law
            asking.attribution()
            mode = "enabled" if gradients else "disabled"
            _assert_unchanged(asking, f"{asking.what}, gradients {mode}", before)


FAILURES: dict[str, tuple[str, Callable[[], BaseException]]] = {
    "interrupted in the forward": ("forward", Interrupted),
    "interrupted in the backward": ("backward", Interrupted),
    "out of memory in the forward": ("forward", OutOfMemory),
    "out of memory in the backward": ("backward", OutOfMemory),
}
"""For each case of `unchanged_by_failure`: where the failure comes, and what is raised."""


@law(
    group="purity",
    violation=FailureLeavesTraces,
    needs={"ig"},
    domain="bags_anywhere",
    source=CAPTUM + "pull/340",
    cases=tuple(FAILURES),
)
def unchanged_by_failure(problem: Problem, subject: Subject) -> None:
    """After a failure in the k-th forward or its backward, k = 1, 2, …: it reaches the caller, and all is as before.

    An ordinary exception may be caught, as by a subject that tries again in smaller chunks: then the result is right.
    """
    asking = Asking.of(FailureLeavesTraces, problem, subject)
    entry = asking.entry
    before, output = Snapshot.of(asking.built.model, beside=_tensors(entry)), _output(asking)
    for how, (side, error) in problem.call.chosen(FAILURES).items():
        for k in count(1):
            failing = Failing(entry.forward, k, side, error())
            what = f"{asking.what}, {how} of its call {k} of the forward"
            _fail(asking, what, failing)
            _assert_unchanged(asking, what, before)
            if failing.calls < k:
                break
    if not torch.equal(_output(asking), output):
        raise FailureLeavesTraces(f"{asking.what}: the model's output is another one after failed calls")


@law(group="purity", violation=GraphKept, needs={"ig"}, domain="bags_anywhere", source=CAPTUM + "pull/456")
def attribution_without_graph(problem: Problem, subject: Subject) -> None:
    """The attribution of inputs that need no gradient, and its delta, need none: no graph back to the parameters."""
    asking = Asking.of(GraphKept, problem, subject)
    for part, what in zip(asking.with_delta(), ("attribution", "delta"), strict=True):
        if part.requires_grad:
            raise GraphKept(f"{asking.what}: the {what} has grad_fn={part.grad_fn}", Severity.CRASH)


@law(
    group="purity",
    violation=GraphDependsOnChunks,
    needs={"ig"},
    domain="bags_by_embeddings",
    source=CAPTUM + "issues/762",
    cases=("a step a chunk", "a step and a row", "two steps a chunk", "all steps in a chunk"),
)
def graph_independent_of_chunks(problem: Problem, subject: Subject) -> None:
    """The attribution of an x that needs a gradient is detached, or its derivative is the same for all chunk sizes."""
    asking = Asking.of(GraphDependsOnChunks, problem, subject)
    whole = _derivative(asking)
    # A graph may reach x through Δ alone: then it is the average gradient that rounds.
    right = asking.oracle.derivative()
    budget = right.elements + asking.oracle.average_gradient().elements
    batch = problem.data.batch
    sizes = {"a step a chunk": batch, "a step and a row": batch + 1, "two steps a chunk": 2 * batch}
    sizes["all steps in a chunk"] = batch * problem.call.n_steps
    for chunk in problem.call.chosen(sizes).values():
        assert_equal(
            GraphDependsOnChunks,
            got=_derivative(asking, internal_batch_size=chunk),
            expected=whole,
            budget=budget + budget,
            against=right.attribution,
            what=f"the derivative of IG with internal_batch_size={chunk} against that without",
        )


@law(group="purity", violation=MemoryGrows, needs={"ig"}, domain="bags_anywhere", source=CAPTUM + "issues/866")
def memory_constant(problem: Problem, subject: Subject) -> None:
    """As many tensors are alive after the fourth call as after the second."""
    asking = Asking.of(MemoryGrows, problem, subject)
    alive = []
    with collector_on_what_is_new():
        for _ in range(4):
            asking.with_delta()
            gc.collect()
            alive.append(sum(issubclass(type(it), Tensor) for it in gc.get_objects()))
    if alive[3] > alive[1]:
        raise MemoryGrows(f"{asking.what}: {alive[3] - alive[1]} more tensors after two more calls", Severity.CRASH)


@law(
    group="purity",
    violation=InputCallKeepsModel,
    needs={"ig"},
    domain="bags_by_embeddings",
    source=CAPTUM + "issues/866",
)
def input_call_frees_model(problem: Problem, subject: Subject) -> None:
    """After IG and `del` of what it was given, the model is dead at once: no reference cycle keeps it."""
    _assert_freed(InputCallKeepsModel, problem, subject)


@law(
    group="purity",
    violation=LayerCallKeepsModel,
    needs={"lig"},
    domain="bags_at_layers",
    source=CAPTUM + "issues/866",
)
def layer_call_frees_model(problem: Problem, subject: Subject) -> None:
    """After LIG and `del` of what it was given, the model is dead at once: no reference cycle keeps it."""
    _assert_freed(LayerCallKeepsModel, problem, subject)


def _output(asking: Asking) -> Tensor:
    with torch.no_grad():
        output: Tensor = asking.entry.output()
    return output


def _assert_unchanged(asking: Asking, what: str, before: Snapshot | SharedState) -> None:
    __tracebackhide__ = True
    if changes := before.changes():
        raise asking.violation(f"{what}: changed by the call: {', '.join(changes)}")


def _tensors(entry: Entry) -> dict[str, Tensor]:
    """What the subject is given, by name."""
    given = {"inputs": entry.inputs, "baselines": entry.baselines, **entry.named}
    return {name: value for name, value in given.items() if isinstance(value, Tensor)}


def _fail(asking: Asking, what: str, failing: Failing) -> None:
    """Call with a forward that fails: its error reaches the caller, or a caught one leaves the right result."""
    __tracebackhide__ = True
    entry = replace(asking.entry, forward=failing)
    try:
        # One step a chunk, and the delta: every call of the forward that there can be.
        got = asking.with_delta(what, entry, internal_batch_size=asking.problem.data.batch)
    except Interrupted:
        return
    except Violation as violation:
        if not _comes_from(failing.error, violation):
            raise
        return
    if failing.failed and isinstance(failing.error, Interrupted):
        raise FailureLeavesTraces(f"{what}: the call returns as if nothing had happened")
    if failing.failed:
        asking.assert_both(got, what)


def _comes_from(error: BaseException, violation: BaseException) -> bool:
    """Whether the violation was raised because of that error."""
    reason: BaseException | None = violation
    while reason is not None and reason is not error:
        reason = reason.__cause__ or reason.__context__
    return reason is error


def _assert_freed(violation: type[Violation], problem: Problem, subject: Subject) -> None:
    __tracebackhide__ = True
    with without_collector():
        asking = Asking.of(violation, problem, subject)
        model, what = weakref.ref(asking.built.model), asking.what
        asking.with_delta()
        del asking
        if model() is not None:
            raise violation(f"{what}: a reference cycle holds the model after `del`", Severity.CRASH)


def _derivative(asking: Asking, **changes: Any) -> Tensor:
    """d(Σ IG)/dx (batch, length, hidden), float64: 0 where the attribution is detached."""
    fresh = Asking.of(asking.violation, asking.problem, asking.subject)
    x = fresh.entry.inputs.requires_grad_()
    attribution = fresh.attribution(**changes)
    assert_shape(asking.violation, attribution, tuple(x.shape), asking.what)
    if not attribution.requires_grad:
        return torch.zeros_like(x, dtype=torch.float64, device="cpu")
    (derivative,) = torch.autograd.grad(attribution.sum(), x, allow_unused=True)
    return on_cpu(torch.zeros_like(x) if derivative is None else derivative)
