"""Group *errors*: a call that means nothing raises an error that names the argument; the model stays clean.

The worst result of a call that means nothing is a number: it looks like any other. Here: the options, the forward and
the layer. reference/laws/errors/data.py has inputs and baselines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from reference.constraint import (
    CHUNK,
    LAYER,
    METHOD,
    N_STEPS,
    ONE_VALUE,
    OUTPUT,
    SELECTED,
    TARGET,
    Constraint,
)
from reference.laws.asking import Asking
from reference.laws.law import law
from reference.laws.purity.snapshot import Snapshot
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Severity, Violation

CAPTUM = "https://github.com/meta-pytorch/captum/"
DOCUMENTED = "https://captum.ai/api/integrated_gradients.html"

Cases = Mapping[str, Mapping[str, Any]]
"""What is wrong, in words, and the arguments of the call that make it so."""


class TooFewSteps(Violation):
    """`n_steps` below 1 gets a result, or an error that does not name it."""


class FractionalSteps(Violation):
    """`n_steps` of 2.5 gets a result, or an error that does not name it."""


class UnknownMethod(Violation):
    """An unknown `method` gets a result, or an error that does not name it."""


class IllegalChunk(Violation):
    """`internal_batch_size` of 0, −3 or 2.5 gets a result, or an error that does not name it."""


class TargetOutOfRange(Violation):
    """A `target` that the output does not have gets a result, or an error that does not name it."""


class MisfitTarget(Violation):
    """A missing `target`, or one of another count or depth, gets a result, or an error that does not name it."""


class RowsLost(Violation):
    """A forward that returns fewer rows than it is fed gets a wrong result, or an error that does not say so."""


class OneValue(Violation):
    """A forward that returns one value for the batch gets a result with a delta, or an error that does not say so."""


class NoTensor(Violation):
    """A forward that returns a tuple, list or dict is neither taken as its tensor nor raises an error that names it."""


class LayerNotRun(Violation):
    """A layer that the forward does not run gets a result, or an error that does not name it."""


class NoLayer(Violation):
    """A layer that is no module gets a result, or an error that does not name it."""


class OneLayerNotRun(Violation):
    """One of two layers is not run by the forward, and it gets a result, or an error that does not name it."""


@law(group="errors", violation=TooFewSteps, needs={"ig", "refuses"}, domain="bags", source=DOCUMENTED)
def n_steps_positive(problem: Problem, subject: Subject) -> None:
    """n_steps < 1 raises an error that names it."""
    asking = Asking.of(TooFewSteps, problem, subject)
    cases = {f"n_steps={n}": {"n_steps": n} for n in (0, -1)}
    assert_errors(asking, N_STEPS, cases)


@law(group="errors", violation=FractionalSteps, needs={"ig", "refuses"}, domain="bags", source=DOCUMENTED)
def n_steps_whole(problem: Problem, subject: Subject) -> None:
    """n_steps ∉ ℤ raises an error that names it."""
    asking = Asking.of(FractionalSteps, problem, subject)
    assert_errors(asking, N_STEPS, {"n_steps=2.5": {"n_steps": 2.5}})


@law(group="errors", violation=UnknownMethod, needs={"ig", "refuses"}, domain="bags", source=DOCUMENTED)
def method_known(problem: Problem, subject: Subject) -> None:
    """A method other than the five raises an error that names the argument."""
    asking = Asking.of(UnknownMethod, problem, subject)
    cases = {f"method={name!r}": {"method": name} for name in ("riemann", "Gausslegendre", "simpson", "")}
    assert_errors(asking, METHOD, cases)


@law(
    group="errors",
    violation=TargetOutOfRange,
    needs={"ig", "refuses"},
    domain="bags",
    source=CAPTUM + "issues/455",
    cases=("one above", "one below", "one in a list"),
)
def target_in_range(problem: Problem, subject: Subject) -> None:
    """A target t ∉ [−labels, labels), alone or in a list, raises an error that names it."""
    asking = Asking.of(TargetOutOfRange, problem, subject)
    entry = asking.entry
    with torch.no_grad():
        batch, labels = entry.output().shape
    targets = {"one above": labels, "one below": -labels - 1, "one in a list": [0] * (batch - 1) + [labels]}
    chosen = problem.call.chosen(targets).values()
    cases = {f"target={target} of {labels} labels": {"target": target} for target in chosen}
    assert_errors(asking, TARGET, cases)


@law(group="errors", violation=MisfitTarget, needs={"ig", "refuses"}, domain="bags", source=CAPTUM + "issues/475")
def target_fits(problem: Problem, subject: Subject) -> None:
    """No target, too many or few, two indices or 0.5 for a row, one index for a table: an error that names it."""
    asking = Asking.of(MisfitTarget, problem, subject)
    batch = problem.data.batch
    targets = ([0] * (batch + 1), [0] * (batch - 1), torch.tensor([0] * (batch + 1)), (0, 0), 0.5)
    assert_errors(asking, TARGET, {f"target={target} for {batch} examples": {"target": target} for target in targets})
    selected: dict[str, dict[str, Any]] = {"no target": {"target": None}}
    forward, each = asking.entry.forward, [0] * batch
    for name, target in (("tensor", torch.tensor(each)), ("list", each)):
        table = {"target": target, "forward": lambda *given: forward(*given).unsqueeze(-1)}
        selected[f"one index in a {name} for a table of outputs"] = table
    assert_errors(asking, SELECTED, selected)


@law(
    group="errors",
    violation=IllegalChunk,
    needs={"ig", "refuses"},
    domain="bags",
    source=CAPTUM + "pull/333",
    cases=("0", "-3", "2.5"),
)
def internal_batch_size_positive(problem: Problem, subject: Subject) -> None:
    """internal_batch_size ∉ {1, 2, …} raises an error that names it."""
    asking = Asking.of(IllegalChunk, problem, subject)
    sizes = problem.call.chosen({"0": 0, "-3": -3, "2.5": 2.5}).values()
    cases = {f"internal_batch_size={size}": {"internal_batch_size": size} for size in sizes}
    # The numbers may be right, but nothing tells the user that the limit is ignored.
    assert_errors(asking, CHUNK, cases, Severity.UNCLEAR_ERROR)


@law(group="errors", violation=RowsLost, needs={"ig", "refuses"}, domain="bags", source=CAPTUM + "issues/373")
def forward_rows(problem: Problem, subject: Subject) -> None:
    """A forward (rows, …) ↦ (1, …), its first row or their mean: an error about that, or F's IG if fed row by row."""
    asking = Asking.of(RowsLost, problem, subject)
    forward = asking.entry.forward
    cases = {
        "a forward that returns its first row": lambda *arguments: forward(*arguments)[:1],
        "a forward that averages its rows": lambda *arguments: forward(*arguments).mean(0, keepdim=True),
    }
    for name, returning in cases.items():
        what = f"{asking.what} with {name}"
        before = Snapshot.of(asking.built.model)
        got = asking.or_error(OUTPUT, what, forward=returning)
        if got is not None:
            # Such a forward is F to a subject that never feeds it more than one row.
            asking.assert_attribution(got, what)
        _assert_unchanged(asking, what, before)


@law(
    group="errors",
    violation=OneValue,
    needs={"ig", "refuses"},
    domain="bags",
    source=CAPTUM + "pull/173",
    cases=("(1,)", "()"),
)
def forward_one_value(problem: Problem, subject: Subject) -> None:
    """Called with its delta, a forward (rows, …) ↦ (1,) or () raises an error about what it returns."""
    asking = Asking.of(OneValue, problem, subject)
    forward = asking.entry.forward
    sums = {
        "(1,)": lambda *arguments: forward(*arguments).sum().reshape(1),
        "()": lambda *arguments: forward(*arguments).sum(),
    }
    cases = {
        f"a forward that returns one sum {shape}": {"forward": sum_of, "target": None, "return_convergence_delta": True}
        for shape, sum_of in problem.call.chosen(sums).items()
    }
    assert_errors(asking, ONE_VALUE, cases)


@law(
    group="errors",
    violation=NoTensor,
    needs={"ig", "refuses"},
    domain="bags",
    source=CAPTUM + "issues/308",
    cases=("tuple", "list", "dict"),
)
def forward_tensor(problem: Problem, subject: Subject) -> None:
    """A forward that returns (F,), [F] or {"logits": F} is taken as F, or raises an error that says so."""
    asking = Asking.of(NoTensor, problem, subject)
    entry = asking.entry
    structures: dict[str, Callable[[Tensor], Any]] = {
        "tuple": lambda logits: (logits,),
        "list": lambda logits: [logits],
        "dict": lambda logits: {"logits": logits},
    }

    def returning(structure: Callable[[Tensor], Any]) -> Callable[..., Any]:
        return lambda *arguments: structure(entry.forward(*arguments))

    for name, structure in problem.call.chosen(structures).items():
        what = f"{asking.what} with a forward that returns a {name}"
        got = asking.or_error(OUTPUT, what, replace(entry, forward=returning(structure)))
        if got is not None:
            asking.assert_attribution(got, what)


@law(
    group="errors",
    violation=LayerNotRun,
    needs={"lig", "refuses"},
    domain="bags_at_layers",
    source=CAPTUM + "issues/875",
)
def layer_run(problem: Problem, subject: Subject) -> None:
    """A layer that the forward does not run raises an error that names it."""
    asking = Asking.of(LayerNotRun, problem, subject)
    unused = _unused(asking.built.model)
    cases = {"a layer that is not run": {"layer": unused}}
    assert_errors(asking, LAYER, cases)


@law(
    group="errors",
    violation=OneLayerNotRun,
    needs={"lig", "refuses"},
    domain="bags_at_layers",
    source=CAPTUM + "issues/875",
)
def every_layer_run(problem: Problem, subject: Subject) -> None:
    """Two layers of which the forward runs one raise an error that names them."""
    asking = Asking.of(OneLayerNotRun, problem, subject)
    run, unused = module_of(asking), _unused(asking.built.model)
    pairs = {"before": [unused, run], "behind": [run, unused]}
    cases = {f"a layer that is not run {place} one that is": {"layer": layers} for place, layers in pairs.items()}
    assert_errors(asking, LAYER, cases)


@law(
    group="errors",
    violation=NoLayer,
    needs={"lig", "refuses"},
    domain="bags_at_layers",
    source=CAPTUM + "issues/726",
    cases=("a text", "an empty list", "a text in the list"),
)
def layers_are_modules(problem: Problem, subject: Subject) -> None:
    """A layer that is a text, an empty list, or a list with a text in it raises an error that names it."""
    asking = Asking.of(NoLayer, problem, subject)
    path = problem.call.layer or ""
    given = {"a text": path, "an empty list": [], "a text in the list": [module_of(asking), path]}
    cases = {f"{name} for a layer": {"layer": layer} for name, layer in problem.call.chosen(given).items()}
    assert_errors(asking, LAYER, cases)


def assert_errors(
    asking: Asking, constraint: Constraint, cases: Cases, if_returned: Severity = Severity.WRONG_NUMBER
) -> None:
    """Each case raises an error that names what repairs the violated constraint, and leaves the model as it was."""
    __tracebackhide__ = True
    for name, changes in cases.items():
        what = f"{asking.what} with {name}"
        before = Snapshot.of(asking.built.model)
        asking.error(constraint, what, severity=if_returned, **changes)
        _assert_unchanged(asking, what, before)


def _assert_unchanged(asking: Asking, what: str, before: Snapshot) -> None:
    __tracebackhide__ = True
    if changed := before.changes():
        raise asking.violation(f"{what}: the call changed {', '.join(changed)}")


def module_of(asking: Asking) -> nn.Module:
    """The call's layer. Raises ValueError if the call has none."""
    if asking.layer is None:
        raise ValueError("the call names no layer")
    return asking.layer.module(asking.built.model)


def _unused(model: nn.Module) -> nn.Module:
    """A module of the model that its forward does not run."""
    model.add_module("unused", unused := nn.Identity())
    return unused
