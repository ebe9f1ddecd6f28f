"""The minimal problem is the one a person would write; with one feature asked for, all else is minimal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reference.models.bag import TinyBag
from reference.models.bert import TinyBert
from reference.models.gpt2 import TinyGPT2
from reference.models.net import TinyNet
from reference.models.net_data import Numbers
from reference.models.texts import Texts
from reference.models.tiny_text import TinyText
from reference.problem import Call, Problem, Tokens, Vectors
from strategies.domain import DOMAINS
from tests.plugin.night import some
from tests.unit.strategies.drawing import PLAIN, minimal, simplest

ONE_TOKEN = Tokens(ids=((0,),), baseline=((1,),))
TWO_TOKENS = Tokens(ids=((0, 0),), baseline=((1, 1),))
FOUR_TOKENS = Tokens(ids=((0,) * 4,), baseline=((1,) * 4,))

MINIMAL = Problem(model=TinyBert(), data=ONE_TOKEN)
BAG = Problem(
    model=TinyBag(vocab=2, hidden=2), data=Tokens(ids=((0, 0), (0, 0)), baseline=((1, 1), (1, 1))), call=Call(n_steps=2)
)


def on(variant: str, **model: Any) -> Problem:
    return Problem(model=TinyBert(variant=variant, **model), data=ONE_TOKEN)


def asked(**call: Any) -> Problem:
    return Problem(model=TinyBert(), data=ONE_TOKEN, call=Call(**call))


def about(**data: Any) -> Problem:
    return Problem(model=TinyBert(), data=Tokens(**data))


TEXT = Problem(model=TinyText(), data=Texts(texts=("a a",), answer="a"), call=Call(dtype="float32"))

OF_DOMAIN: dict[str, Problem] = {
    "texts": TEXT,
    "texts_with_dropout": replace(TEXT, model=TinyText(dropout=0.5)),
    "several_texts": replace(TEXT, data=Texts(texts=("a", "a a", "a a a"), answer="a")),
    "pairs": replace(TEXT, data=Texts(texts=("a",), seconds=("a",), answer="a")),
    "input_calls": Problem(model=TinyNet(inputs=((1,),)), data=Numbers()),
    "layer_calls": Problem(model=TinyNet(inputs=((1,),)), data=Numbers(), call=Call(layer="encode.0")),
    "padded": asked(n_steps=2),
    "positions_of_decoders": Problem(
        model=TinyGPT2(head="causal", hidden=3), data=TWO_TOKENS, call=Call(target=(0, 0))
    ),
    "generated": Problem(
        model=TinyGPT2(head="causal", hidden=5),
        data=Tokens(ids=((0, 0, 0),), baseline=((1, 1, 1),)),
        call=Call(target=(0, 0)),
    ),
    "patched": Problem(
        model=TinyGPT2(head="causal", hidden=3, activation="gelu_new"), data=ONE_TOKEN, call=Call(target=(0, 0))
    ),
    "prefixed": Problem(model=TinyGPT2(head="causal", hidden=3), data=ONE_TOKEN, call=Call(target=(0, 0))),
    "padded_on_the_left": Problem(model=TinyGPT2(hidden=3), data=replace(ONE_TOKEN, mask=((1,),))),
    **dict.fromkeys(("smooth_ids", "covered"), Problem(model=TinyBert(hidden=5), data=ONE_TOKEN)),
    "rule": Problem(),
    "short_rules": Problem(),
    "bags": BAG,
    "bags_anywhere": BAG,
    "bags_of_any_length": BAG,
    "bags_by_embeddings": BAG,
    "bags_at_layers": BAG.asking(layer="table"),
    "compiled": Problem(
        model=TinyBag(),
        data=Tokens(ids=((0, 1), (2, 0)), baseline=((1, 2), (0, 1))),
        call=Call(n_steps=3, layer="inner"),
    ),
    **dict.fromkeys(("smooth", "smooth_or_masking"), Problem(model=TinyBert(hidden=5), data=ONE_TOKEN)),
    "bent": Problem(model=TinyBert(), data=TWO_TOKENS),
    "affine": on("affine_embedding_norm"),
    "half": asked(dtype="bfloat16"),
    "leaving_unread": Problem(model=TinyBert(), data=TWO_TOKENS),
    "inner": Problem(model=TinyBert(), data=TWO_TOKENS, call=Call(layer="bert.encoder.layer.0.attention.self.query")),
    "choices": Problem(
        model=TinyBert(head="choice"), data=FOUR_TOKENS, call=Call(layer="bert.encoder.layer.0.attention.self.query")
    ),
    "structures": on("tuple_output"),
    "calls": on("keyword_call"),
    "length_first": on("length_first"),
    "tied": on("tied_layers", layers=2),
    "in_place": on("doubled_in_place"),
    "checkpointed": on("checkpointed"),
    "anywhere": asked(n_steps=2),
    "chunked_bags": BAG.asking(internal_batch_size=1),
    "one_token": Problem(model=TinyBert(), data=TWO_TOKENS, call=Call(n_steps=2)),
    "without_dropout": asked(n_steps=2),
    "typed": asked(n_steps=2),
    "structured": Problem(model=TinyBert(head="token"), data=ONE_TOKEN, call=Call(n_steps=2, target=(0, 0))),
    "hiding": about(ids=((0, 0, 0),), baseline=((1, 1, 1),), mask=((1, 0, 0),)),
    "keeping_a_token": about(ids=((0, 0),), baseline=((0, 1),), types=((0, 0),), positions=((0, 1),)),
    "keeping_an_example": about(ids=((0,), (0,)), baseline=((0,), (1,))),
    "with_twins": about(ids=((0, 0, 0),), baseline=((1, 1, 1),), types=((0, 0, 0),), positions=((0, 1, 1),)),
    "permutable": Problem(model=TinyBert(hidden=4, heads=2, intermediate=2), data=ONE_TOKEN),
    "composite": asked(method="riemann_left", n_steps=4),
}
"""Where a domain asks for something, its simplest problem has that and nothing else."""


@pytest.mark.parametrize("domain", DOMAINS)
def test_simplest_problem_of_a_domain_is_minimal(domain: str) -> None:
    assert simplest(DOMAINS[domain](None)) == OF_DOMAIN.get(domain, MINIMAL)


def test_minimal_problem_reads_as_a_person_would_write_it() -> None:
    assert repr(MINIMAL) == "Problem(model=TinyBert(), data=Tokens(ids=((0,),), baseline=((1,),)))"


FEATURES: dict[str, tuple[Callable[[Any], Any], Problem]] = {
    "two layers": (lambda problem: problem.model.layers == 2, Problem(model=TinyBert(layers=2), data=ONE_TOKEN)),
    "relu": (
        lambda problem: problem.model.activation == "relu",
        Problem(model=TinyBert(activation="relu"), data=ONE_TOKEN),
    ),
    "the trapezoid": (
        lambda problem: problem.call.method == "riemann_trapezoid",
        asked(method="riemann_trapezoid", n_steps=2),
    ),
    "more than seven steps": (lambda problem: problem.call.n_steps > 7, asked(n_steps=8)),
    "two examples": (lambda problem: problem.data.batch == 2, about(ids=((0,), (0,)), baseline=((1,), (1,)))),
    "a target for each of two": (
        lambda problem: isinstance(problem.call.target, tuple) and len(problem.call.target) == 2,
        Problem(model=TinyBert(), data=Tokens(ids=((0,), (0,)), baseline=((1,), (1,))), call=Call(target=(0, 0))),
    ),
    "explicit types": (lambda problem: problem.data.types, about(ids=((0,),), baseline=((1,),), types=((0,),))),
    "a hidden token": (
        lambda problem: any(0 in row for row in problem.data.mask or ()),
        about(ids=((0, 0),), baseline=((1, 1),), mask=((1, 0),)),
    ),
    "a hole": (
        lambda problem: any("101" in "".join(map(str, row)) for row in problem.data.mask or ()),
        about(ids=((0, 0, 0),), baseline=((1, 1, 1),), mask=((1, 0, 1),)),
    ),
    "a baseline of vectors": (
        lambda problem: isinstance(problem.data.baseline, Vectors),
        about(ids=((0,),), baseline=Vectors()),
    ),
    "a large batch of many layers": (
        lambda problem: problem.data.batch > 2 and problem.data.length > 4 and problem.model.layers > 2,
        Problem(model=TinyBert(layers=3), data=Tokens(ids=((0,) * 5,) * 3, baseline=((1,) * 5,) * 3)),
    ),
}


@pytest.mark.parametrize("feature", some(FEATURES, every=6))
def test_with_one_feature_asked_for_all_else_is_minimal(feature: str) -> None:
    condition, expected = FEATURES[feature]
    assert minimal(DOMAINS[PLAIN](None), condition) == expected
