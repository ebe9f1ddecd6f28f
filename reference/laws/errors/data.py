"""Group *errors*, inputs and baselines: what is no point of a space, or does not fit, raises an error that names it.

What a baseline of another dtype means is clear: it may also be taken as converted. The model is clean after it all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.built_problem import MASK, Entry
from reference.constraint import BASELINE, ENDS, INPUTS
from reference.laws.asking import Asking
from reference.laws.errors.calls import CAPTUM, DOCUMENTED, Cases, assert_errors
from reference.laws.law import law
from reference.oracle.budget import assert_shape
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Violation


class MisshapenBaselines(Violation):
    """`baselines` of a shape that does not fit get a result, or an error that does not name them."""


class MisshapenOneBaseline(Violation):
    """One baseline for all examples, of a shape that does not fit, gets a result, or an error that does not name it."""


class MiscountedBaselines(Violation):
    """`baselines` that are not one tensor or number per input get a result, or an error that does not name them."""


class WrongBaselineType(Violation):
    """A baseline of embeddings of another dtype is neither taken as converted nor raises an error that names it."""


class WrongTokenBaselineType(Violation):
    """A baseline of token ids of another dtype is neither taken as converted nor raises an error that names it."""


class WrongBoolBaseline(Violation):
    """The baseline True is neither taken as 1 nor raises an error that names it."""


class FractionalTokens(Violation):
    """A fraction as the baseline of token ids gets a result, or an error that does not name it."""


class IntegerInputs(Violation):
    """IG of token ids or a bool mask gets a result, or an error that does not say what is wrong with the inputs."""


class MaskOnThePath(Violation):
    """A mask among IG's inputs is moved along the path, or the error does not say what is wrong with the inputs."""


class NoExample(Violation):
    """Of a batch of no example, IG is neither empty nor an error."""


class MisfitInputs(Violation):
    """`inputs` that are none, 0-d, or of two batches, get a result, or an error that does not say what is wrong."""


class OtherInputs(Violation):
    """`inputs` that are no tensors get a result, or an error that does not name them."""


@law(group="errors", violation=MisshapenBaselines, needs={"ig", "refuses"}, domain="bags", source=CAPTUM + "issues/203")
def baselines_shape(problem: Problem, subject: Subject) -> None:
    """Baselines with other rows, length or dimensions than the inputs raise an error that names them."""
    asking = Asking.of(MisshapenBaselines, problem, subject)
    full = asking.entry.baselines
    shapes = {
        "a row too many": torch.cat([full, full[:1]]),
        "a token too many": torch.cat([full, full[:, :1]], dim=1),
        "no batch dimension": full[0],
    }
    cases = {f"baselines with {name}": {"baselines": baselines} for name, baselines in shapes.items()}
    assert_errors(asking, ENDS, cases)


@law(
    group="errors",
    violation=MisshapenOneBaseline,
    needs={"ig", "refuses"},
    domain="bags",
    source=CAPTUM + "issues/1096",
    cases=("a token too many", "a dimension too many"),
)
def one_baseline_shape(problem: Problem, subject: Subject) -> None:
    """One baseline for all examples, with a token or a dimension too many, raises an error that names it."""
    asking = Asking.of(MisshapenOneBaseline, problem, subject)
    entry = asking.entry
    full = entry.baselines
    shapes = {"a token too many": torch.cat([full, full[:, :1]], dim=1)[:1], "a dimension too many": full[None]}
    # Without other arguments, with whose shape the model itself might find it at odds.
    alone = {"additional_forward_args": (None,) * len(entry.arguments)}
    asked = problem.call.chosen(shapes)
    cases = {f"one baseline with {name}": {"baselines": baselines, **alone} for name, baselines in asked.items()}
    assert_errors(asking, ENDS, cases)


@law(group="errors", violation=MiscountedBaselines, needs={"ig", "refuses"}, domain="bags", source=DOCUMENTED)
def baselines_count(problem: Problem, subject: Subject) -> None:
    """Baselines that are not one tensor or number for each input raise an error that names them."""
    asking = Asking.of(MiscountedBaselines, problem, subject)
    full = asking.entry.baselines
    given = {"two baselines": (full, full), "no baseline": (), "a text": "zero", "a list": full.tolist()}
    cases = {f"{name} for one input": {"baselines": baselines} for name, baselines in given.items()}
    assert_errors(asking, ENDS, cases)


@law(
    group="errors",
    violation=WrongBaselineType,
    needs={"ig", "refuses"},
    domain="bags_by_embeddings",
    source=CAPTUM + "issues/1096",
    cases=("the other float", "int64"),
)
def baselines_dtype(problem: Problem, subject: Subject) -> None:
    """A baseline of another dtype is taken as converted to the input's, or raises an error that names it."""
    asking = Asking.of(WrongBaselineType, problem, subject)
    full = asking.entry.baselines
    other = torch.float32 if full.dtype == torch.float64 else torch.float64
    others = problem.call.chosen({"the other float": full.to(other), "int64": full.round().long()})
    _assert_converted_or_error(asking, *others.values())


@law(
    group="errors",
    violation=WrongTokenBaselineType,
    needs={"lig", "refuses"},
    domain="bags_at_layers",
    source=CAPTUM + "issues/1096",
    cases=("int32", "float64"),
)
def token_baselines_dtype(problem: Problem, subject: Subject) -> None:
    """An int32 or float64 baseline of token ids is taken as converted to int64, or raises an error that names it."""
    asking = Asking.of(WrongTokenBaselineType, problem, subject)
    full = asking.entry.baselines
    others = problem.call.chosen({"int32": full.int(), "float64": full.double()})
    _assert_converted_or_error(asking, *others.values())


@law(group="errors", violation=WrongBoolBaseline, needs={"ig", "refuses"}, domain="bags", source=CAPTUM + "issues/1096")
def bool_baseline(problem: Problem, subject: Subject) -> None:
    """The baseline True is taken as 1, or raises an error that names it."""
    _assert_converted_or_error(Asking.of(WrongBoolBaseline, problem, subject), True)


@law(
    group="errors",
    violation=FractionalTokens,
    needs={"lig", "refuses"},
    domain="bags_at_layers",
    source=CAPTUM + "pull/1924",
)
def token_baselines_whole(problem: Problem, subject: Subject) -> None:
    """A baseline ∉ ℤ of token ids raises an error that names it: there is no token between two tokens."""
    asking = Asking.of(FractionalTokens, problem, subject)
    cases = {f"the baseline {value} for ids": {"baselines": value} for value in (0.5, 1.9)}
    assert_errors(asking, BASELINE, cases)


@law(
    group="errors",
    violation=IntegerInputs,
    needs={"ig", "refuses"},
    domain="bags_by_embeddings",
    source=CAPTUM + "issues/405",
    cases=("token ids", "token ids that the forward casts back", "a bool mask"),
)
def integer_inputs(problem: Problem, subject: Subject) -> None:
    """IG of token ids, also where the forward casts them, or of a bool mask raises an error about the inputs."""
    asking = Asking.of(IntegerInputs, problem, subject)
    ids, embedded = asking.built.layered, asking.built.embeddings
    tokens = {"inputs": ids.inputs, "baselines": ids.baselines, "additional_forward_args": ids.arguments}

    def casting(ids_on_the_path: Tensor, *additional: Any) -> Any:
        return ids.forward(ids_on_the_path.long(), *additional)

    def of_mask(seen: Tensor, *additional: Any) -> Any:
        vectors = seen.to(problem.dtype).unsqueeze(-1).expand(-1, -1, embedded.inputs.shape[-1])
        return embedded.forward(vectors, *additional)

    cases: Cases = {
        "token ids": {"forward": ids.forward, **tokens},
        "token ids that the forward casts back": {"forward": casting, **tokens},
        "a bool mask": {"forward": of_mask, "inputs": ids.inputs > 0, "baselines": None},
    }
    assert_errors(asking, INPUTS, problem.call.chosen(cases))


@law(
    group="errors",
    violation=MaskOnThePath,
    needs={"ig", "refuses"},
    domain="bags_by_embeddings",
    source=CAPTUM + "issues/956",
    cases=("an int64 mask", "a bool mask"),
)
def mask_among_inputs(problem: Problem, subject: Subject) -> None:
    """IG of (embeddings, mask), an integer or bool mask, raises an error about inputs: a mask has no path."""
    asking = Asking.of(MaskOnThePath, problem, subject)
    entry = asking.entry
    mask = torch.ones_like(entry.inputs[:, :, 0], dtype=torch.long)
    cases: Cases = {
        f"{name} among the inputs": {
            "inputs": (entry.inputs, seen),
            "baselines": (entry.baselines, torch.zeros_like(seen)),
            "additional_forward_args": tuple(value for name, value in entry.named.items() if name != MASK),
        }
        for name, seen in problem.call.chosen({"an int64 mask": mask, "a bool mask": mask.bool()}).items()
    }
    assert_errors(asking, INPUTS.called_also("inputs", "mask"), cases)


@law(group="errors", violation=OtherInputs, needs={"ig", "refuses"}, domain="bags", source=CAPTUM + "issues/1196")
def inputs_are_tensors(problem: Problem, subject: Subject) -> None:
    """Inputs that are a list, a dict or a text raise an error that names them."""
    asking = Asking.of(OtherInputs, problem, subject)
    x = asking.entry.inputs
    cases = {f"{type(given).__name__} inputs": {"inputs": given} for given in ([x], {"ids": x}, "text")}
    assert_errors(asking, INPUTS, cases)


@law(
    group="errors",
    violation=MisfitInputs,
    needs={"ig", "refuses"},
    domain="bags_by_embeddings",
    source=CAPTUM + "issues/698",
    cases=("no input", "a 0-d input", "inputs of two batches"),
)
def inputs_are_one_batch(problem: Problem, subject: Subject) -> None:
    """No input, a 0-d input, inputs of different numbers of examples: an error about that."""
    asking = Asking.of(MisfitInputs, problem, subject)
    entry = asking.entry
    x = entry.inputs

    def of_all(first: Tensor, *others: Tensor) -> Any:
        return entry.forward(first) + sum(other.mean() for other in others)

    given = {"no input": (), "a 0-d input": x.flatten()[0], "inputs of two batches": (x, torch.cat([x, x[:1]]))}
    alone = {"forward": of_all, "baselines": None, "additional_forward_args": None}
    cases = {name: {"inputs": inputs, **alone} for name, inputs in problem.call.chosen(given).items()}
    assert_errors(asking, INPUTS, cases)


@law(
    group="errors",
    violation=NoExample,
    needs={"ig", "refuses"},
    domain="bags_by_embeddings",
    source=CAPTUM + "issues/698",
)
def empty_batch(problem: Problem, subject: Subject) -> None:
    """The attribution of a batch of no example is as empty, or it raises an error about that."""
    asking = Asking.of(NoExample, problem, subject)
    entry, what = asking.entry, f"{asking.what} of no example"

    def alone(points: Tensor) -> Any:
        return entry.forward(points)

    more: dict[str, Any] = {"inputs": entry.inputs[:0], "baselines": entry.baselines[:0], "additional_forward_args": ()}
    got = asking.or_error(INPUTS, what, forward=alone, target=0, **more)
    if got is not None:
        assert_shape(NoExample, got, tuple(entry.inputs[:0].shape), what)


def _assert_converted_or_error(asking: Asking, *baselines: Any) -> None:
    """With each of the baselines: the attribution of that baseline converted to the input's dtype, or an error."""
    __tracebackhide__ = True
    for given in baselines:

        def converted(entry: Entry, given: Any = given) -> Entry:
            full = given if isinstance(given, Tensor) else torch.full_like(entry.inputs, given)
            return replace(entry, baselines=full.to(entry.inputs))

        what = f"{asking.what} with a baseline of {getattr(given, 'dtype', type(given).__name__)}"
        got = asking.or_error(ENDS, what, baselines=given)
        if got is not None:
            asking.assert_attribution(got, what, asking.entering(converted).expected)
