"""Captum and the options of a whole call: where the result is wrong, or the error is about something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from reference.form import Form, Mode
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import Severity
from tests.subjects.captum.known_defects.call_effects import rule_of_a_tensor, sum_without_factor, weights_not_rounded
from tests.subjects.known_defect import UNREPORTED, KnownDefect

IG = Problem(model=TinyNet(), data=Numbers(examples=2)).asking(n_steps=2)

LIG = IG.asking(layer="encode.0")


def whole_call(
    id: str,
    effect: str,
    affects: Callable[[Problem], bool],
    witness: Problem,
    *,
    versions: str = "",
    beside: Mapping[str, str] | None = None,
    severity: Severity = Severity.UNCLEAR_ERROR,
    upstream: str = UNREPORTED,
    budgets: Callable[[Problem, Subject], float] | None = None,
) -> KnownDefect:
    """A defect of IG, and of LIG, unless its witness asks LIG."""
    laws = ("any_layer_call",) if witness.call.layer else ("any_input_call", "any_layer_call")
    return KnownDefect(
        id=id,
        distribution="captum",
        versions=versions or (">=0.2" if witness.call.layer else ">=0.1"),
        law=laws[0],
        laws=laws[1:],
        beside=beside or {},
        effect=effect,
        severity=severity,
        upstream=upstream,
        witness=witness,
        affects=affects,
        budgets=budgets,
    )


def in_form(**form: Any) -> Callable[[Problem], bool]:
    """Calls whose form has these values."""
    return lambda problem: all(getattr(problem.call.form, name) == value for name, value in form.items())


def with_argument(name: str) -> Callable[[Problem], bool]:
    """Calls that have this additional argument, several examples, and several steps at once: else it fits as it is."""

    def affects(problem: Problem) -> bool:
        call, examples = problem.call, problem.data.examples
        at_once = call.n_steps if call.internal_batch_size is None else call.internal_batch_size // examples
        return name in call.form.arguments and examples > 1 and min(call.n_steps, at_once) > 1

    return affects


def counted_by_a_tensor(problem: Problem) -> bool:
    """The Riemann rules, for which one step is an error; Gauss–Legendre's come from NumPy, which reads the tensor."""
    call = problem.call
    return call.form.n_steps == "0-d tensor" and call.method.startswith("riemann") and call.n_steps > 1


def counted_by_a_bool(problem: Problem) -> bool:
    """Gauss–Legendre's rule in one chunk: the Riemann rules name the steps, and a chunk counts its own."""
    call = problem.call
    return call.form.n_steps == "bool" and call.method == "gausslegendre" and call.internal_batch_size is None


def several_in(form: str) -> Callable[[Problem], bool]:
    """A tensor of several targets: one target is read as a number."""

    def affects(problem: Problem) -> bool:
        several = problem.data.examples > 1 and len(problem.model.output) == 1
        return several and problem.call.form.target == form

    return affects


def weighted_in_float64(problem: Problem) -> bool:
    """Weights in float64: NumPy's, or Python's floats if that is torch's default dtype."""
    call = problem.call
    of_numpy = call.method == "gausslegendre" or call.form.n_steps == "NumPy integer"
    return of_numpy or call.mode.default_dtype == "float64"


def widened(problem: Problem) -> bool:
    """Attributions of a narrower model, unless they may be float64 because the baseline is."""
    call = problem.call
    return call.dtype != "float64" and weighted_in_float64(problem) and call.form.baselines != "other float"


def exact_for_steps_of_numpy(problem: Problem) -> bool:
    """Riemann weights are then 1/n of NumPy: float64, whatever torch's default dtype is."""
    call = problem.call
    return call.form.n_steps == "NumPy integer" and call.method.startswith("riemann") and call.dtype == "float64"


UNREAD = TinyNet(inputs=((3,), (2,)), unread=True)

DOUBLING = TinyNet(doubling="in place")


def moving_what_is_unread(problem: Problem) -> bool:
    """IG moves all inputs; LIG moves those at whose modules it is asked."""
    call, model = problem.call, problem.model
    unread = f"encode.{len(model.inputs) - 1}"
    return model.unread and (call.layer is None or unread in (call.layer, *call.more_layers))


def doubles(problem: Problem) -> bool:
    """IG of a forward that changes its input in place."""
    return bool(problem.model.doubling) and problem.call.layer is None


def in_a_graph(problem: Problem) -> bool:
    """The points of the path are no leaves, because x or the baseline needs a gradient."""
    form = problem.call.form
    in_graph = {form.inputs, form.baselines} & {"requires grad", "parameter", "non-leaf"}
    return bool(in_graph) and problem.call.mode.grad == "enabled"


def doubled_again(problem: Problem) -> bool:
    """LIG at the modules of other inputs than the one that the forward changes in each of its runs."""
    call = problem.call
    layers = {call.layer, *call.more_layers}
    return bool(problem.model.doubling) and layers <= {*problem.model.entries} - {"encode.0"}


def written_to_one_row(problem: Problem) -> bool:
    """LIG hands the caller's own x to the forward: torch writes to no expanded tensor."""
    call = problem.call
    expanded = call.form.inputs == "expanded" and problem.data.examples > 1
    return bool(problem.model.doubling) and call.layer is not None and expanded


def baseline_into_the_model(problem: Problem) -> bool:
    """LIG and the delta run the model on the baseline; the points of IG have the wider of the two dtypes."""
    call = problem.call
    runs = call.layer is not None or call.delta or call.dtype != "float64"
    return call.form.baselines == "other float" and runs


def each_from_the_end(problem: Problem) -> bool:
    """One for each example; one for all is answered as it should be."""
    return problem.call.form.target == "from the end" and isinstance(problem.call.target, tuple)


WHOLE_CALLS = (
    whole_call(
        "float64-weights",
        "float64 weights widen the attributions of a float32 or bfloat16 model: Gauss–Legendre's, and under a float64 "
        "default dtype the Riemann rules'",
        widened,
        IG.asking(dtype="float32"),
        versions=">=0.1,<0.8",
        severity=Severity.WRONG_SHAPE,
        upstream="https://github.com/meta-pytorch/captum/issues/1240",
    ),
    whole_call(
        "exact-weights-for-steps-of-numpy",
        "with n_steps of NumPy the Riemann weights are right, and not rounded as for n_steps of Python",
        exact_for_steps_of_numpy,
        IG.asking(method="riemann_left", n_steps=3, form=Form(n_steps="NumPy integer")),
        versions=">=0.1,<0.8",
        severity=Severity.WRONG_NUMBER,
        budgets=weights_not_rounded,
    ),
    whole_call(
        "steps-in-a-tensor",
        "n_steps as a 0-d tensor: the weights of the trapezoid are halved twice, other Riemann nodes are rounded",
        counted_by_a_tensor,
        IG.asking(method="riemann_trapezoid", form=Form(n_steps="0-d tensor")),
        severity=Severity.WRONG_NUMBER,
        budgets=rule_of_a_tensor,
    ),
    whole_call(
        "steps-in-a-text",
        "n_steps='6' fails on a comparison or a multiplication that does not name it",
        in_form(n_steps="text"),
        IG.asking(form=Form(n_steps="text")),
    ),
    whole_call(
        "steps-in-a-bool",
        "n_steps=True fails in Tensor.view, with nothing said of n_steps",
        counted_by_a_bool,
        IG.asking(n_steps=1, form=Form(n_steps="bool")),
    ),
    whole_call(
        "targets-in-uint8",
        "targets in a uint8 tensor fail in torch.gather, with nothing said of the target",
        several_in("uint8 tensor"),
        IG.asking(target=(0, 1), form=Form(target="uint8 tensor")),
    ),
    whole_call(
        "targets-in-int32",
        "the same of targets in an int32 tensor, which torch.gather takes since torch 2.8",
        several_in("int32 tensor"),
        IG.asking(target=(0, 1), form=Form(target="int32 tensor")),
        beside={"torch": "<2.8"},
    ),
    whole_call(
        "targets-from-the-end",
        "a list of targets counted from the end fails in torch.gather, with nothing said of the target",
        each_from_the_end,
        IG.asking(target=(0, 1), form=Form(target="from the end")),
    ),
    whole_call(
        "baseline-of-another-float",
        "a baseline of another float dtype fails inside the model, with nothing said of it",
        baseline_into_the_model,
        IG.asking(dtype="float32", form=Form(baselines="other float")),
        upstream="https://github.com/meta-pytorch/captum/issues/1096",
    ),
    whole_call(
        "nested-argument",
        "tensors in a dict or list are not repeated for the steps: the model fails on their shape",
        with_argument("nested"),
        IG.asking(form=Form(arguments=("nested",))),
        upstream="https://github.com/meta-pytorch/captum/issues/625",
    ),
    whole_call(
        "one-row-for-all",
        "an argument of one row for all examples is repeated n_steps times: the model fails on its shape",
        with_argument("shared"),
        IG.asking(form=Form(arguments=("shared",))),
        upstream="https://github.com/meta-pytorch/captum/issues/625",
    ),
    whole_call(
        "call-in-inference-mode",
        "under torch.inference_mode the error speaks of tensors that do not require grad, not of the mode",
        lambda problem: problem.call.mode.grad == "inference_mode",
        IG.asking(mode=Mode(grad="inference_mode")),
        upstream="https://github.com/softwaremill/FoXAI/issues/146",
    ),
    whole_call(
        "delta-of-averages",
        "with multiply_by_inputs=False the delta compares a sum of gradients with F(x) − F(x')",
        lambda problem: problem.call.delta and not problem.call.multiply_by_inputs,
        IG.asking(delta=True, multiply_by_inputs=False),
        versions=">=0.3",
        severity=Severity.WRONG_NUMBER,
        budgets=sum_without_factor,
    ),
    whole_call(
        "entry-before-layer",
        "joint LIG over layers of which one overrides another fails with an error that names no layer",
        lambda problem: any(layer in problem.model.chain for layer in problem.call.more_layers),
        replace(LIG).asking(more_layers=("layers.0",)),
        versions=">=0.3",
    ),
    whole_call(
        "unread-input",
        "IG fails if the output does not depend on one of the inputs, and LIG at the module of that input",
        moving_what_is_unread,
        replace(IG, model=UNREAD),
        severity=Severity.CRASH,
        upstream="https://github.com/meta-pytorch/captum/issues/1141",
    ),
    whole_call(
        "in-place-call",
        "IG of a forward that changes its input in place fails: the points of the path are handed to it",
        lambda problem: doubles(problem) and not in_a_graph(problem),
        replace(IG, model=DOUBLING),
        severity=Severity.CRASH,
        upstream="https://github.com/meta-pytorch/captum/pull/165",
    ),
    whole_call(
        "in-place-call-in-a-graph",
        "IG of a forward that changes its input in place is silently wrong if x or the baseline needs a gradient",
        lambda problem: doubles(problem) and in_a_graph(problem),
        replace(IG, model=DOUBLING).asking(form=Form(inputs="requires grad")),
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/pull/165",
    ),
    whole_call(
        "delta-of-in-place-call",
        "the delta of LIG is silently wrong if the forward changes its input in place, because x is changed with it",
        lambda problem: bool(problem.model.doubling) and problem.call.delta and problem.call.layer is not None,
        replace(LIG, model=DOUBLING).asking(delta=True),
        severity=Severity.WRONG_NUMBER,
    ),
    whole_call(
        "doubled-again",
        "LIG is silently wrong if the forward changes another input in place: each run of it changes x again",
        doubled_again,
        replace(LIG, model=replace(DOUBLING, inputs=((3,), (2,)))).asking(layer="encode.1"),
        severity=Severity.WRONG_NUMBER,
    ),
    whole_call(
        "expanded-input-in-place",
        "LIG of an expanded input fails if the forward changes its input in place: it gets the caller's own tensor",
        written_to_one_row,
        replace(LIG, model=DOUBLING).asking(form=Form(inputs="expanded")),
        severity=Severity.CRASH,
    ),
)
