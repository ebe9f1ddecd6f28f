"""Calls that mean nothing, and that Captum answers or refuses by an error about something else."""

from __future__ import annotations

from reference.problem import Problem
from reference.violation import Severity
from tests.subjects.captum.known_defects.effects import average_of_all_rows
from tests.subjects.captum.known_defects.purity import BAG, asked
from tests.subjects.known_defect import UNREPORTED, KnownDefect


def one_target_for_all(problem: Problem) -> bool:
    return isinstance(problem.call.target, int)


def at_the_inputs(problem: Problem) -> bool:
    return problem.call.layer is None


def double_for_single(problem: Problem) -> bool:
    return problem.call.dtype == "float32" and asked("the other float")(problem)


def issue(number: int) -> str:
    return f"https://github.com/meta-pytorch/captum/issues/{number}"


def unclear_inputs(id: str, case: str, effect: str) -> KnownDefect:
    """Inputs that are not one batch are refused by an error about something else."""
    return KnownDefect(
        id=id,
        distribution="captum",
        versions=">=0.1",
        law="inputs_are_one_batch",
        effect=f"{effect}, with nothing said of the inputs",
        severity=Severity.UNCLEAR_ERROR,
        upstream=UNREPORTED,
        witness=BAG.asking(case=case),
        affects=asked(case),
    )


REFUSAL = (
    KnownDefect(
        id="first-row-only",
        distribution="captum",
        versions=">=0.1",
        law="forward_rows",
        effect="a forward that returns one row for the batch (softmax(…)[0]) gets attributions, wrong in every row",
        severity=Severity.WRONG_NUMBER,
        upstream=issue(373),
        witness=BAG,
        affects=one_target_for_all,
        budgets=average_of_all_rows,
    ),
    KnownDefect(
        id="delta-of-one-value",
        distribution="captum",
        versions=">=0.1",
        law="forward_one_value",
        effect="a forward that returns one value for the batch gets a delta per example, wrong for each",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=BAG.asking(case="(1,)"),
        affects=asked("(1,)"),
    ),
    KnownDefect(
        id="unclear-0d-output",
        distribution="captum",
        versions=">=0.1",
        law="forward_one_value",
        effect="a forward that returns a 0-d tensor fails on an index if the delta is asked for",
        severity=Severity.UNCLEAR_ERROR,
        upstream=UNREPORTED,
        witness=BAG.asking(case="()"),
        affects=asked("()"),
    ),
    KnownDefect(
        id="fraction-of-a-token",
        distribution="captum",
        versions=">=0.2",
        law="token_baselines_whole",
        effect="the baseline 0.5 (or 1.9) of token ids is silently token 0 (or 1)",
        severity=Severity.WRONG_NUMBER,
        upstream="https://github.com/meta-pytorch/captum/pull/1924",
        witness=BAG.asking(layer="table"),
    ),
    KnownDefect(
        id="mask-on-the-path",
        distribution="captum",
        versions=">=0.1",
        law="mask_among_inputs",
        effect="an integer mask among IG's inputs becomes fractional along the path and is attributed something",
        severity=Severity.WRONG_NUMBER,
        upstream=issue(956),
        witness=BAG.asking(case="an int64 mask"),
        affects=asked("an int64 mask"),
    ),
    KnownDefect(
        id="unclear-bool-mask",
        distribution="captum",
        versions=">=0.1",
        law="mask_among_inputs",
        effect="a bool mask among IG's inputs fails in a subtraction of two bool tensors",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(956),
        witness=BAG.asking(case="a bool mask"),
        affects=asked("a bool mask"),
    ),
    KnownDefect(
        id="unclear-integer-inputs",
        distribution="captum",
        versions=">=0.1",
        law="integer_inputs",
        effect="IG of token ids, or of a bool mask, fails inside the model or a subtraction: nothing of inputs or LIG",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(405),
        witness=BAG,
    ),
    KnownDefect(
        id="unclear-target-range",
        distribution="captum",
        versions=">=0.1",
        law="target_in_range",
        effect="a target out of range is an IndexError that does not name target",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(455),
        witness=BAG,
    ),
    KnownDefect(
        id="unclear-structured-output",
        distribution="captum",
        versions=">=0.1",
        law="forward_tensor",
        effect="a forward that returns a tuple, list or dict fails with \"'tuple' object has no attribute 'shape'\"",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(308),
        witness=BAG,
    ),
    KnownDefect(
        id="unclear-cut-gradient",
        distribution="captum",
        versions=">=0.1",
        law="cut_gradient",
        effect="a forward that is detached from its inputs fails inside torch.autograd, which says nothing of it",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(978),
        witness=BAG,
    ),
    KnownDefect(
        id="unclear-one-baseline",
        distribution="captum",
        versions=">=0.2",
        law="one_baseline_shape",
        effect="one baseline for all examples, with a token too many, fails in a subtraction that does not name it",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(1096),
        witness=BAG,
        affects=at_the_inputs,
    ),
    KnownDefect(
        id="unclear-baseline-dtype",
        distribution="captum",
        versions=">=0.1",
        law="baselines_dtype",
        effect="a float64 baseline of a float32 input fails inside the model",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(1096),
        witness=BAG.asking(dtype="float32"),
        affects=double_for_single,
    ),
    KnownDefect(
        id="unclear-token-baseline-dtype",
        distribution="captum",
        versions=">=0.2",
        law="token_baselines_dtype",
        effect="a float baseline of token ids fails inside the embedding",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(1096),
        witness=BAG.asking(layer="table", case="float64"),
        affects=asked("float64"),
    ),
    KnownDefect(
        id="unclear-bool-baseline",
        distribution="captum",
        versions=">=0.1",
        law="bool_baseline",
        effect="the baseline True fails in a subtraction that does not name it",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(1096),
        witness=BAG,
        affects=at_the_inputs,
    ),
    KnownDefect(
        id="fractional-steps",
        distribution="captum",
        versions=">=0.1",
        law="n_steps_whole",
        effect="n_steps=2.5 fails with \"can't multiply sequence by non-int of type 'float'\"",
        severity=Severity.UNCLEAR_ERROR,
        upstream=UNREPORTED,
        witness=BAG,
    ),
    KnownDefect(
        id="illegal-chunk-answered",
        distribution="captum",
        versions=">=0.3",
        law="internal_batch_size_positive",
        effect="internal_batch_size of 0, −3 or 2.5 is taken, and raised to the batch: the memory limit is not kept",
        severity=Severity.UNCLEAR_ERROR,
        upstream=UNREPORTED,
        witness=BAG,
    ),
    KnownDefect(
        id="inputs-of-two-batches",
        distribution="captum",
        versions=">=0.1",
        law="inputs_are_one_batch",
        effect="inputs with different numbers of examples are attributed, each with rows of its own number",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=BAG.asking(case="inputs of two batches"),
        affects=asked("inputs of two batches"),
    ),
    unclear_inputs("unclear-0d-input", "a 0-d input", "a 0-d input fails on a concatenation or an index"),
    unclear_inputs("unclear-no-input", "no input", "an empty tuple of inputs fails on an index or in the forward"),
    KnownDefect(
        id="unclear-empty-batch",
        distribution="captum",
        versions=">=0.1",
        law="empty_batch",
        effect="a batch without examples fails on an index, with nothing said of the inputs",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(698),
        witness=BAG,
    ),
    KnownDefect(
        id="unclear-layer",
        distribution="captum",
        versions=">=0.2",
        law="layers_are_modules",
        effect="a layer given by its name fails with \"'str' object has no attribute 'register_forward_hook'\"",
        severity=Severity.UNCLEAR_ERROR,
        upstream=issue(726),
        witness=BAG.asking(layer="table", case="a text"),
        affects=asked("a text", "a text in the list"),
    ),
    KnownDefect(
        id="unclear-layer-not-run",
        distribution="captum",
        versions=">=0.3",
        law="every_layer_run",
        effect="two layers of which the forward runs one fail with KeyError: device(type='cpu')",
        severity=Severity.UNCLEAR_ERROR,
        upstream=UNREPORTED,
        witness=BAG.asking(layer="table"),
    ),
)
