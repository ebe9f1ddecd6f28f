"""Whole problems: a model, data that fits it, and a call that fits both."""

from __future__ import annotations

from hypothesis import event
from hypothesis import strategies as st

from reference.models.bert import FAMILY as BERT
from reference.models.family import MAX_LENGTH, Family
from reference.models.transformer import Transformer
from reference.problem import Problem
from strategies.calls import DTYPES, FEW_STEPS, calls
from strategies.grids import MOST_EXAMPLES
from strategies.models import tiny_models
from strategies.tokens import tokens

MOST_TOKEN_STEPS = FEW_STEPS * MOST_EXAMPLES * MAX_LENGTH // 2
"""Steps times tokens: a small batch can have many steps, a large one has few. What shows in both shows in one."""


@st.composite
def problems(
    draw: st.DrawFn,
    *,
    method: str | None = None,
    family: Family = BERT,
    models: st.SearchStrategy[Transformer] | None = None,
    most_steps: int = 64,
    longest: int = MAX_LENGTH,
    shortest: int = 1,
    most_examples: int = MOST_EXAMPLES,
    fewest_examples: int = 1,
    vectors: bool = True,
    joint: bool = False,
    masked: bool = True,
    inner: bool = False,
    dtypes: st.SearchStrategy[str] = st.sampled_from(DTYPES),
) -> Problem:
    """A model, a batch and a call; `models` are of the family if none are given, `inner` draws the call's layer.

    Shrinks to one token, one layer, one step.

    Events   head, activation, dtype, method, n_steps: pytest --hypothesis-show-statistics counts them
    Example  a test of `attribute`, which has the signature that `check_integrated_gradients` asks for:

        @settings(deadline=None)  # the first build imports transformers
        @given(problem=problems(method="gausslegendre"))
        def test_attribute(problem):
            built, call = problem.build(), problem.call
            entry = built.embeddings
            target = list(call.target) if isinstance(call.target, tuple) else call.target  # one for each example
            check_integrated_gradients(
                entry.forward, entry.inputs, entry.baselines, attribute, model=built.model,
                additional_forward_args=entry.additional, target=target, method=call.method, n_steps=call.n_steps,
                accuracy=None, strict=True,
            )
    """
    model = draw(tiny_models(family=family) if models is None else models, label="model")
    data = draw(
        tokens(
            model,
            longest=longest,
            shortest=shortest,
            most_examples=most_examples,
            fewest_examples=fewest_examples,
            vectors=vectors,
            joint=joint,
            masked=masked,
        ),
        label="data",
    )
    asked = calls(
        method=method,
        most_steps=min(most_steps, MOST_TOKEN_STEPS // (data.batch * data.length)),
        outputs=model.output_shape(data.length),
        batch=data.batch,
        layers=st.sampled_from(model.inner_places() or (None,)) if inner else st.none(),
        dtypes=dtypes,
    )
    call = draw(asked, label="call")
    event("dtype", call.dtype)
    event("method", call.method)
    event("n_steps", "1" if call.n_steps == 1 else f"2 to {FEW_STEPS}" if call.n_steps <= FEW_STEPS else "many")
    return Problem(model=model, data=data, call=call)


@st.composite
def rule_problems(draw: st.DrawFn, *, method: str | None = None, most_steps: int = 1000) -> Problem:
    """A call alone: the laws of rules need no model."""
    return Problem(call=draw(calls(method=method, most_steps=most_steps)))
