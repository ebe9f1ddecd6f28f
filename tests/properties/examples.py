"""Explicit examples: problems that every run of a law tries first. They are past false alarms and failing examples.

To add one, paste the `Problem(…)` of a failing run under the name of its law. A law that has one test for each method
tries a problem under the problem's own method alone.
"""

from __future__ import annotations

from reference.form import Form
from reference.laws import Law
from reference.models.bert import TinyBert
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.problem import Call, Problem, Tokens

ENDS = [(own, other) for own in range(9) for other in range(9) if own != other]


def every_pair(model: TinyBert) -> Problem:
    """One example of one token for each of the 72 pairs of nine tokens."""
    return Problem(
        model=model,
        data=Tokens(ids=tuple((own,) for own, _ in ENDS), baseline=tuple((other,) for _, other in ENDS)),
        call=Call(method="riemann_trapezoid", n_steps=2),
    )


ILL_CONDITIONED = tuple(every_pair(TinyBert(vocab=9, intermediate=3, weight_seed=seed)) for seed in (47, 84, 205))
"""Models in which one of the 72 pairs of tokens has almost no spread before a LayerNorm."""

LUCKY = tuple(
    every_pair(TinyBert(vocab=9, layers=2, weight_seed=seed, weight_scale=0.5))
    for seed in (1053, 3079, 3529, 4113, 4456, 5244, 5446, 6391)
)
"""Models in which float32 is by luck much closer to float64 than its rounding, in one example of the 72."""

LUCKY_IN_HALF = Problem(
    model=TinyNet(
        inputs=((1,), (13, 2)), layers=("attention", "convolution"), hidden=24, output=(4,), weight_seed=2162
    ),
    data=Numbers(examples=36, seed=227),
    call=Call(
        method="riemann_right",
        n_steps=2,
        target=3,
        dtype="bfloat16",
        multiply_by_inputs=False,
        form=Form(baselines="mixed", arguments=("int64",)),
    ),
)
"""An input of one number, whose sum in bfloat16 is by luck an eighth of its ulp from float64's, on two paths."""

IN_FLOAT32 = tuple(problem.asking(dtype="float32") for problem in ILL_CONDITIONED)

EXAMPLES: dict[str, tuple[Problem, ...]] = {
    "any_input_call": (LUCKY_IN_HALF,),
    "input_attribution": (*ILL_CONDITIONED, *IN_FLOAT32, *LUCKY),
    "gradient_of_bert": (*ILL_CONDITIONED, *LUCKY),
    "attribution_by_numpy": (*ILL_CONDITIONED, *LUCKY),
}
"""By the law's name. A law that must pass on a share of draws has no examples, because its share is of random draws."""


def examples_of(law: Law, method: str | None = None) -> tuple[Problem, ...]:
    """The explicit examples of the law, or only those of one method."""
    return tuple(problem for problem in EXAMPLES.get(law.name, ()) if method in (None, problem.call.method))
