"""Tiny random models of a family, valid by construction and small by preference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import event
from hypothesis import strategies as st

from reference.models.bert import FAMILY as BERT
from reference.models.families import SPECS
from reference.models.family import Family
from reference.models.tiny import TinyTransformer
from reference.models.versions import activates_in, computes_in
from reference.problem import DTYPES

SMOOTH_ACTIVATIONS = (
    "gelu",
    "gelu_new",
    "gelu_fast",
    "gelu_pytorch_tanh",
    "gelu_python_tanh",
    "gelu_accurate",
    "gelu_python",
    "quick_gelu",
    "silu",
    "swish",
    "mish",
    "tanh",
    "sigmoid",
    "linear",
    "laplace",
)
KINKED_ACTIVATIONS = ("relu", "relu2", "relu6", "leaky_relu", "prelu", "hardswish", "gelu_10", "sqrtsoftplus")
"""They jump, or their derivative does, or that one's: a rule converges slowly where a path crosses the jump."""

ACTIVATIONS = SMOOTH_ACTIVATIONS + KINKED_ACTIVATIONS
"""All that a model can have but xielu, whose parameters transformers makes in bfloat16: the drawn ones are rounded."""

HALVES = tuple(name for name in ("bfloat16", "float16") if computes_in(DTYPES[name]))
"""The half-precision dtypes in which the installed torch can compute a model."""


def those_installed(activations: tuple[str, ...], *dtypes: str) -> st.SearchStrategy[str]:
    """Those that the installed transformers and torch have in all of these dtypes; looked up when a first is drawn."""
    return st.deferred(
        lambda: st.sampled_from([it for it in activations if all(activates_in(it, DTYPES[dtype]) for dtype in dtypes)])
    )


SMOOTH = those_installed(SMOOTH_ACTIVATIONS, "float64")
SMOOTH_OR_KINKED = those_installed(ACTIVATIONS, "float64")
IN_HALF_PRECISION = those_installed(ACTIVATIONS, "float64", *HALVES)

EPSILONS = (1e-12, 1e-5, 1e-2, 0.1)

DEPTHS = (1, 1, 1, 2, 2, 3)
"""Numbers of encoder layers, half of the time one: three take most time, and show little that two do not."""

SMALLEST_VOCAB = 4
"""PAD, CLS, SEP and one more."""


@st.composite
def shapes(draw: st.DrawFn, *, fewest_units: int = 3, most_heads: int = 3, most_head_units: int = 4) -> tuple[int, int]:
    """(hidden, heads) with hidden = heads × head size ≥ fewest_units. Shrinks to one head of that size.

    A family whose head sizes are multiples of a number gets the next one.
    """
    heads = draw(st.integers(1, most_heads), label="heads")
    size = draw(st.integers(-(-fewest_units // heads), max(most_head_units, fewest_units)), label="head size")
    return heads * size, heads


def first_head(family: Family) -> str:
    """The sequence head, or the family's first if it has none."""
    return "sequence" if "sequence" in family.heads else next(iter(family.heads))


def smooth_heads(family: Family) -> st.SearchStrategy[str]:
    """The sequence head, or any other without a kink of its own if there is none or that one has one."""
    smooth = family.smooth_heads
    return st.just("sequence") if "sequence" in smooth else st.sampled_from([it for it in smooth if it != "choice"])


@st.composite
def tiny_models(
    draw: st.DrawFn,
    *,
    family: Family = BERT,
    hidden_and_heads: st.SearchStrategy[tuple[int, int]] = shapes(),
    activations: st.SearchStrategy[str] = SMOOTH_OR_KINKED,
    epsilons: st.SearchStrategy[float] = st.sampled_from(EPSILONS),
    layers: st.SearchStrategy[int] = st.sampled_from(DEPTHS),
    variants: st.SearchStrategy[str] = st.just("unmodified"),
    heads: st.SearchStrategy[str] | None = None,
) -> TinyTransformer:
    """Random models as frozen descriptions: `Problem(model=…, data=…).build()` makes the module.

    One to three layers; weight scale at most 1, above which budgets can exceed attributions. Shrinks to one layer, one
    head, three units, gelu, eager attention, seed 0, scale 1.

    Events   head, activation: pytest --hypothesis-show-statistics counts them
    Example  the models of a problem, with one activation:

        @given(problem=problems(models=tiny_models(activations=st.just("gelu"))))
        def test_gelu(problem): ...
    """
    hidden, attention_heads = draw(hidden_and_heads, label="hidden and heads")
    hidden += -hidden % (attention_heads * family.head_units)
    head = draw(st.just(first_head(family)) if heads is None else heads, label="head")
    event("head", head)
    own: dict[str, Any] = {}
    vocab = draw(st.integers(SMALLEST_VOCAB, 9), label="vocab")
    depth = draw(layers, label="layers")
    intermediate = draw(st.integers(1, 6), label="intermediate")
    activation = draw(activations, label="activation")
    if "types" in family.settings:
        own["types"] = draw(st.integers(1, 3), label="types")
    labels = family.heads[head].labels or (
        draw(st.integers(2, 4), label="labels") if "labels" in family.settings else TinyTransformer.labels
    )
    if "eps" in family.settings:
        own["eps"] = draw(epsilons, label="eps")
    for option, values in family.options.items():
        own[option] = draw(st.sampled_from(values), label=option)
    for name in ("hidden_dropout", "attention_dropout"):
        if name in family.settings:
            own[name] = draw(st.sampled_from((0.0, 0.1)), label=name.replace("_", " "))
    model = SPECS[family.name](
        vocab=vocab,
        hidden=hidden,
        heads=attention_heads,
        layers=depth,
        intermediate=intermediate,
        activation=activation,
        labels=labels,
        attention=draw(st.sampled_from(family.attentions), label="attention"),
        head=head,
        weight_seed=draw(st.integers(0, 2**16), label="weight seed"),
        weight_scale=draw(st.sampled_from((1.0, 0.5, 0.25)), label="weight scale"),
        variant=draw(variants, label="variant"),
        **own,
    )
    event("activation", model.activation)
    return model


def smooth_models(family: Family, **options: Any) -> st.SearchStrategy[TinyTransformer]:
    """Smooth activations, and no norm close to its singularity, so that path integrals converge.

    From five units on, a random path misses the point where a norm's input has no spread: its codimension is 4. On
    fewer units a large eps is not enough: norms in series multiply their slopes, up to 1/√eps each. A norm of one head,
    or of the output of few intermediate units, has few units inside.
    """
    chosen: dict[str, Any] = {"heads": smooth_heads(family), **options}
    models = tiny_models(family=family, hidden_and_heads=shapes(fewest_units=5), activations=SMOOTH, **chosen)
    if not family.inner_norms:
        return models
    return models.map(lambda model: replace(model, heads=1, intermediate=model.intermediate + 4))


def few_layers(family: Family, **options: Any) -> st.SearchStrategy[TinyTransformer]:
    """One layer, or two."""
    return tiny_models(family=family, layers=st.integers(1, 2), **options)
