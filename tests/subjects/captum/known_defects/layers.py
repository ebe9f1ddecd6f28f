"""Captum's layer attributions: layers and calls that it gets wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reference.models.albert import TinyAlbert
from reference.models.bert import TinyBert
from reference.models.distilbert import TinyDistilBert
from reference.problem import Call, Problem, Tokens, Vectors
from reference.violation import Severity
from tests.subjects.captum.known_defects.effects import (
    first_row_for_all,
    hook_gone,
    runs_with_steps_along_length,
    steps_along_length,
)
from tests.subjects.known_defect import UNREPORTED, KnownDefect

CAPTUM = "https://github.com/meta-pytorch/captum"


def default_positions_in_a_batch(problem: Problem) -> bool:
    """The model counts positions once for all rows: its table of positions gives one row for the batch."""
    family = getattr(problem.model, "family", None)
    if family is None or family.counts_positions:
        return False
    return problem.data.positions is None and problem.data.batch > 1


def none_comes_first(problem: Problem) -> bool:
    """The embeddings module gets ids as its first argument by position, and the forward is given `inputs_embeds`."""
    return isinstance(problem.model, TinyAlbert | TinyDistilBert) and isinstance(problem.data.baseline, Vectors)


def none_comes_first_at_the_layer(problem: Problem) -> bool:
    """The same for a law that calls LIG at the problem's layer alone."""
    return none_comes_first(problem) and problem.call.layer == problem.model.parts().embeddings.name


TWO_EXAMPLES = Problem(model=TinyBert(), data=Tokens(ids=((0,), (1,)), baseline=((1,), (1,))), call=Call(n_steps=2))


BY_EMBEDDINGS = Problem(
    model=TinyDistilBert(), data=Tokens(ids=((1,),), baseline=Vectors()), call=Call(method="riemann_left")
)

AT_EMBEDDINGS = (
    "layer_delta",
    "layer_completeness",
    "embeddings_agree_with_the_rest_of_the_model",
    "totals_agree",
    "masked_tokens",
    "never_all_zero",
    "linearity",
    "implementation_invariance",
    "reversal",
    "layers_in_series",
)
"""Laws that call LIG at the embeddings, and may do so for a forward of `inputs_embeds`."""

AT_ANY_LAYER = (
    "batch_is_its_examples",
    "order_of_examples",
    "padding",
    "structured_targets",
    "train_mode",
    "dtype_device_and_shape",
    "model_unchanged",
)
"""Laws that call LIG at a layer that is drawn, and may do so for a forward of `inputs_embeds`."""


def variant(*names: str) -> Callable[[Problem], bool]:
    return lambda problem: problem.model.variant in names


def one_token(**model: str | int) -> Problem:
    """The smallest problem that can show anything, on a variant."""
    return Problem(model=TinyBert(**model), data=Tokens(ids=((1,),), baseline=((0,),)), call=Call(n_steps=2))  # type: ignore[arg-type]


def unclear(id: str, *, versions: str, law: str, effect: str, upstream: str, variants: tuple[str, ...]) -> KnownDefect:
    """A layer of these variants is refused by an error that does not name it; the first one is the witness."""
    return KnownDefect(
        id=id,
        distribution="captum",
        versions=versions,
        law=law,
        effect=effect,
        severity=Severity.UNCLEAR_ERROR,
        upstream=upstream,
        witness=one_token(variant=variants[0]),
        affects=variant(*variants),
    )


LAYERS = (
    KnownDefect(
        id="none-before-embeddings",
        distribution="captum",
        versions=">=0.2",
        law="layer_attribution",
        laws=AT_EMBEDDINGS,
        effect="LIG at a layer whose first argument is None fails: the embeddings of DistilBERT and ALBERT, given "
        "inputs_embeds",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=BY_EMBEDDINGS,
        affects=none_comes_first,
    ),
    KnownDefect(
        id="none-before-layer",
        distribution="captum",
        versions=">=0.2",
        law="same_call_twice",
        laws=AT_ANY_LAYER,
        effect="the same, in laws that call LIG at that layer alone",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=BY_EMBEDDINGS.asking(layer="distilbert.embeddings"),
        affects=none_comes_first_at_the_layer,
    ),
    KnownDefect(
        id="broadcast-positions",
        distribution="captum",
        versions=">=0.3",
        law="joint_tables",
        laws=("joint_tables_add_up", "joint_cover"),
        effect="LIG at position_embeddings fails for a batch when positions are left to the model",
        severity=Severity.CRASH,
        upstream=UNREPORTED,
        witness=TWO_EXAMPLES,
        affects=lambda problem: default_positions_in_a_batch(problem) and problem.call.n_steps > 1,
    ),
    KnownDefect(
        id="positions-of-one-example",
        distribution="captum",
        versions=">=0.3",
        law="joint_tables",
        laws=("joint_tables_add_up", "joint_cover"),
        effect="with one step, LIG at position_embeddings has one row for a batch if positions are left to the model",
        severity=Severity.WRONG_SHAPE,
        upstream=UNREPORTED,
        witness=TWO_EXAMPLES.asking(n_steps=1),
        affects=lambda problem: default_positions_in_a_batch(problem) and problem.call.n_steps == 1,
    ),
    unclear(
        "list-output",
        versions=">=0.2",
        law="structured_output",
        effect="LIG at a layer that returns a list fails: since 0.9 a bare tensor takes the list's place in the model",
        upstream=f"{CAPTUM}/pull/1629",
        variants=("list_output",),
    ),
    unclear(
        "list-into-residual",
        versions=">=0.2,<0.9",
        law="structured_output",
        effect="LIG at a layer that returns a list, which the model adds to a residual, fails",
        upstream=f"{CAPTUM}/pull/1629",
        variants=("list_into_residual",),
    ),
    KnownDefect(
        id="tensor-for-list",
        distribution="captum",
        versions=">=0.9",
        law="structured_output",
        effect="a bare tensor takes the place of a layer's list: a model that runs on reads the first example for all",
        severity=Severity.WRONG_NUMBER,
        upstream=f"{CAPTUM}/pull/1629",
        witness=one_token(variant="list_into_residual"),
        affects=lambda problem: (
            problem.model.variant == "list_into_residual" and problem.data.batch * problem.call.n_steps > 1
        ),
        budgets=first_row_for_all,
    ),
    unclear(
        "none-in-output",
        versions=">=0.2",
        law="structured_output",
        effect="LIG at a layer that returns (h, None) fails: every part of the output is cloned",
        upstream=f"{CAPTUM}/issues/1220",
        variants=("none_in_output",),
    ),
    unclear(
        "none-in-call",
        versions=">=0.2",
        law="input_among_others",
        effect="LIG at the input of a layer that also gets None or a number fails: every argument is cloned",
        upstream=f"{CAPTUM}/issues/733",
        variants=("none_in_call",),
    ),
    unclear(
        "dict-output",
        versions=">=0.2",
        law="structured_output",
        effect="LIG at a layer that returns a dict or a ModelOutput fails: it has no attribute 'clone'",
        upstream=f"{CAPTUM}/issues/1215",
        variants=(
            "model_output",
            "dict_output",
        ),
    ),
    unclear(
        "unused-in-output",
        versions=">=0.2",
        law="structured_output",
        effect="LIG at a layer that returns (h, unused or ids) fails: every part of the output is differentiated",
        upstream=f"{CAPTUM}/issues/1141",
        variants=(
            "unused_in_output",
            "ids_in_output",
        ),
    ),
    unclear(
        "scalar-in-output",
        versions=">=0.2",
        law="structured_output",
        effect="LIG at a layer that returns (h, 0-d tensor) fails: every part of the output is taken for a batch",
        upstream=UNREPORTED,
        variants=("scalar_in_output",),
    ),
    unclear(
        "keyword-call",
        versions=">=0.2",
        law="input_among_others",
        effect="LIG at the input of a layer that is called by keyword fails: tuple index out of range",
        upstream=f"{CAPTUM}/issues/733",
        variants=("keyword_call",),
    ),
    unclear(
        "mask-in-call",
        versions=">=0.2",
        law="input_among_others",
        effect="LIG at the input of a layer that also gets a mask or ids fails: every argument is interpolated",
        upstream=f"{CAPTUM}/issues/733",
        variants=(
            "mask_in_call",
            "ids_in_call",
        ),
    ),
    KnownDefect(
        id="length-first",
        distribution="captum",
        versions=">=0.2",
        law="length_first_output",
        effect="LIG at a layer with output (length, batch, hidden) is silently wrong: steps are stacked along length",
        severity=Severity.WRONG_NUMBER,
        upstream=f"{CAPTUM}/issues/434",
        witness=one_token(variant="length_first"),
        affects=lambda problem: problem.call.n_steps > 1 and runs_with_steps_along_length(problem),
        budgets=steps_along_length,
    ),
    KnownDefect(
        id="length-first-with-targets",
        distribution="captum",
        versions=">=0.2",
        law="length_first_output",
        effect="the same, on a list of targets, or if the model (GPT-2) does not run on so few rows: it fails",
        severity=Severity.UNCLEAR_ERROR,
        upstream=f"{CAPTUM}/issues/434",
        witness=replace(one_token(variant="length_first"), data=Tokens(ids=((1,), (1,)), baseline=((0,), (0,)))).asking(
            target=(0, 0)
        ),
        affects=lambda problem: problem.call.n_steps > 1 and not runs_with_steps_along_length(problem),
    ),
    KnownDefect(
        id="called-twice",
        distribution="captum",
        versions=">=0.2",
        law="module_called_twice",
        effect="LIG at a module that runs twice puts the same values in both places and attributes the last run",
        severity=Severity.WRONG_NUMBER,
        upstream=f"{CAPTUM}/issues/794",
        witness=one_token(layers=2, variant="tied_layers"),
    ),
    KnownDefect(
        id="in-place-forgotten",
        distribution="captum",
        versions=">=0.2,<0.3",
        law="in_place_operation",
        effect="LIG where the layer's output is changed in place is silently wrong: as if it were not changed",
        severity=Severity.WRONG_NUMBER,
        upstream=f"{CAPTUM}/pull/165",
        witness=one_token(variant="doubled_in_place"),
    ),
    KnownDefect(
        id="in-place",
        distribution="captum",
        versions=">=0.3",
        law="in_place_operation",
        effect="LIG fails where the layer's output is changed in place",
        severity=Severity.CRASH,
        upstream=f"{CAPTUM}/pull/165",
        witness=one_token(variant="doubled_in_place"),
    ),
    KnownDefect(
        id="checkpointing",
        distribution="captum",
        versions=">=0.2",
        law="checkpointed_layer",
        effect="LIG inside a checkpointed block is silently wrong: the hook is gone when the block is run again",
        severity=Severity.WRONG_NUMBER,
        upstream=UNREPORTED,
        witness=one_token(variant="checkpointed"),
        budgets=hook_gone,
    ),
)
