"""Captum's conventions: ways of calling that change what comes out."""

from __future__ import annotations

from dataclasses import replace

from reference.models.bert import TinyBert
from reference.problem import Call, Problem, Tokens
from reference.violation import Severity
from tests.subjects.captum.known_defects.effects import (
    one_token_baseline,
    runs_on_one_token,
    sum_without_factor,
    times_n_steps,
)
from tests.subjects.captum.known_defects.purity import BAG, asked
from tests.subjects.known_defect import UNREPORTED, KnownDefect

TWO_TOKENS = Problem(
    model=TinyBert(), data=Tokens(ids=((0, 0),), baseline=((1, 1),)), call=Call(n_steps=2, layer="bert.embeddings")
)


def fewer_rows_than_examples(problem: Problem) -> bool:
    return (problem.call.internal_batch_size or problem.data.batch) < problem.data.batch


def one_example(problem: Problem) -> bool:
    return problem.data.batch == 1


def one_example_at_a_layer_or_read_at_its_first_token(problem: Problem) -> bool:
    """At a layer, the attribution without its delta does not read the output at the baseline."""
    return one_example(problem) and (problem.call.layer is not None or runs_on_one_token(problem))


def one_example_read_at_a_later_token(problem: Problem) -> bool:
    return one_example(problem) and not runs_on_one_token(problem)


def batch_at_the_inputs(problem: Problem) -> bool:
    return problem.data.batch > 1 and problem.call.layer is None


def several_steps(problem: Problem) -> bool:
    return problem.call.n_steps > 1


def gauss_below_double(problem: Problem) -> bool:
    return problem.call.method == "gausslegendre" and problem.call.dtype != "float64"


def counted_from_the_end(problem: Problem) -> bool:
    """One for each example; one for all is answered as it should be."""
    return isinstance(problem.call.target, tuple) and problem.call.case in (None, "counted from the end")


CONVENTIONS = (
    KnownDefect(
        id="delta-without-factor",
        distribution="captum",
        versions=">=0.3",
        law="delta_of_average_gradient",
        effect="with multiply_by_inputs=False the delta compares a sum of gradients with F(x) − F(x')",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=BAG,
        budgets=sum_without_factor,
    ),
    KnownDefect(
        id="constant-vector-repeated",
        distribution="captum",
        versions=">=0.1",
        law="constant_vector",
        effect="an argument that is not per example is repeated n_steps times: another function is attributed",
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/issues/625",
        witness=BAG,
        affects=several_steps,
        budgets=times_n_steps,
    ),
    KnownDefect(
        id="baseline-of-one-token",
        distribution="captum",
        versions=">=0.2",
        law="broadcast_baseline",
        effect="a (1, 1, …) baseline passes for one of a single token: wrong delta, and LIG without its positions",
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/issues/1096",
        witness=TWO_TOKENS,
        affects=one_example_at_a_layer_or_read_at_its_first_token,
        budgets=one_token_baseline,
    ),
    KnownDefect(
        id="baseline-of-one-token-read-at-another",
        distribution="captum",
        versions=">=0.2",
        law="broadcast_baseline",
        effect="the same if the target names a later token: the delta fails, because that token is not there",
        severity=Severity.UNCLEAR_ERROR,
        upstream="https://github.com/meta-pytorch/captum/issues/1096",
        witness=replace(TWO_TOKENS, model=TinyBert(head="token")).asking(target=(1, 0), layer=None),
        affects=one_example_read_at_a_later_token,
    ),
    KnownDefect(
        id="baseline-of-one-token-with-delta",
        distribution="captum",
        versions=">=0.2",
        law="broadcast_baseline",
        effect="IG of a batch takes a (1, 1, hidden) baseline, but fails on it as soon as the delta is asked for",
        severity=Severity.CRASH,
        upstream="https://github.com/meta-pytorch/captum/issues/1096",
        witness=replace(TWO_TOKENS, data=Tokens(ids=((0, 0), (0, 1)), baseline=((1, 1), (1, 1)))).asking(layer=None),
        affects=batch_at_the_inputs,
    ),
    KnownDefect(
        id="rows-above-internal-batch-size",
        distribution="captum",
        versions=">=0.1",
        law="rows_of_a_chunk",
        effect="an internal_batch_size below the batch is raised to it with a warning: memory is not bounded",
        severity=Severity.WRONG_SHAPE,
        upstream="https://github.com/meta-pytorch/captum/pull/333",
        witness=BAG.asking(internal_batch_size=1),
        affects=fewer_rows_than_examples,
        by_design=True,
    ),
    KnownDefect(
        id="float64-attributions",
        distribution="captum",
        versions=">=0.1,<0.8",
        law="dtype_device_and_shape",
        effect="Gauss–Legendre weights stay in float64: so are the attributions of a float32 model",
        severity=Severity.WRONG_SHAPE,
        upstream="https://github.com/meta-pytorch/captum/issues/1240",
        witness=BAG.asking(dtype="float32"),
        affects=gauss_below_double,
    ),
    KnownDefect(
        id="forward-in-place",
        distribution="captum",
        versions=">=0.1",
        law="in_place_forward",
        effect="IG of a forward that changes its input in place fails: the points of the path are handed to it",
        severity=Severity.CRASH,
        upstream="https://github.com/meta-pytorch/captum/pull/165",
        witness=BAG.asking(case="x"),
        affects=asked("x"),
    ),
    KnownDefect(
        id="forward-in-place-with-gradient",
        distribution="captum",
        versions=">=0.1",
        law="in_place_forward",
        effect="IG of a forward that changes its input in place is silently wrong if x requires a gradient",
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/pull/165",
        witness=BAG.asking(case="x that requires a gradient"),
        affects=asked("x that requires a gradient"),
    ),
    KnownDefect(
        id="two-threads",
        distribution="captum",
        versions=">=0.2",
        law="two_threads",
        effect="two threads that ask LIG about one model replace each other's layer: errors, or attributions mixed up",
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/pull/333",
        witness=BAG.asking(layer="table"),
        race=(Severity.CRASH,),
    ),
    KnownDefect(
        id="inference-mode",
        distribution="captum",
        versions=">=0.1",
        law="inference_mode",
        effect="under torch.inference_mode the error speaks of tensors that do not require grad, not of the mode",
        severity=Severity.UNCLEAR_ERROR,
        upstream="https://github.com/softwaremill/FoXAI/issues/146",
        witness=BAG,
    ),
    KnownDefect(
        id="shared-mask",
        distribution="captum",
        versions=">=0.1",
        law="shared_mask",
        effect="a (1, length) mask beside a batch is repeated n_steps times: the model fails on its shape",
        severity=Severity.UNCLEAR_ERROR,
        upstream="https://github.com/meta-pytorch/captum/issues/625",
        witness=BAG,
    ),
    KnownDefect(
        id="negative-targets",
        distribution="captum",
        versions=">=0.1",
        law="other_targets",
        effect="a target −1 for all examples is the last class, in a list it fails in torch.gather",
        severity=Severity.UNCLEAR_ERROR,
        upstream=UNREPORTED,
        witness=BAG.asking(target=(0, 1), case="counted from the end"),
        affects=counted_from_the_end,
    ),
)
