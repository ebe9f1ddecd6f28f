"""Weights come from a frozen stream, each parameter from its own: its name and the seed alone decide them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from reference.models.bert import TinyBert
from reference.models.distilbert import TinyDistilBert
from reference.models.families import FAMILIES, SPECS
from reference.models.tiny import TinyTransformer
from reference.models.weights import Role, role, vectors, weights
from reference.problem import Vectors
from tests.unit.installed import skip_if

TABLE = "bert.embeddings.word_embeddings.weight"
SPEC = TinyBert(vocab=5, hidden=6, heads=2, intermediate=4, types=2, weight_seed=3)
EVERY_HEAD = [SPECS[name](hidden=6, heads=2, head=head) for name, family in FAMILIES.items() for head in family.heads]


def parameters(spec: TinyTransformer, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    return {name: parameter.detach() for name, parameter in spec.model(dtype).named_parameters()}


def equal(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


WORDS = ((-1.3947725296020508, 2.089571475982666), (-0.03668715059757233, -0.8322540521621704))
OTHER_WORDS = ((0.7380211353302002, 0.12207085639238358), (-0.14372839033603668, 1.051286220550537))
MATRIX = ((0.4924604892730713, -0.1286686807870865), (0.34345367550849915, 0.9092904925346375))
QUARTER = ((0.12311512231826782, -0.03216717019677162), (0.08586341887712479, 0.22732262313365936))


@pytest.mark.parametrize(
    ("name", "seed", "scale", "role", "expected"),
    [
        (
            TABLE,
            0,
            1.0,
            Role.TABLE,
            ((-1.3947725296020508, 2.089571475982666), (-0.03668715059757233, -0.8322540521621704)),
        ),
        (
            TABLE,
            1,
            1.0,
            Role.TABLE,
            ((0.7380211353302002, 0.12207085639238358), (-0.14372839033603668, 1.051286220550537)),
        ),
        ("classifier.weight", 0, 1.0, Role.OTHER, MATRIX),
        ("classifier.weight", 0, 0.25, Role.OTHER, QUARTER),
        ("classifier.bias", 0, 1.0, Role.OTHER, (-1.3733478784561157, 0.23444955050945282)),
        ("bert.embeddings.LayerNorm.weight", 0, 1.0, Role.GAIN, (1.3825228214263916, 0.601324200630188)),
    ],
)
def test_stream_of_weights_is_frozen(name: str, seed: int, scale: float, role: Role, expected: tuple[Any, ...]) -> None:
    """These very numbers under every NumPy and torch: a counterexample of today is one in ten years."""
    assert np.array_equal(weights(name, np.shape(expected), seed, scale, role), expected)


def test_stream_of_baseline_vectors_is_frozen() -> None:
    expected = [[0.2206137478351593, -0.1654350757598877, 1.2153855562210083]]
    assert vectors(Vectors(seed=5, scale=0.5), (1, 3)).tolist() == expected


def test_models_hold_the_streams_values() -> None:
    modules = dict(SPEC.model(torch.float64).named_modules())
    for name, values in parameters(SPEC).items():
        path, _, own = name.rpartition(".")
        given = weights(name, tuple(values.shape), SPEC.weight_seed, SPEC.weight_scale, role(modules[path], own))
        assert values.tolist() == given.tolist()


DIGESTS = {"sequence": "102e1b47b609aa92", "token": "7af6640613782742", "hidden": "53740b7187aae734"}


@pytest.mark.parametrize("head", DIGESTS)
def test_weights_of_bert_are_those_of_the_first_release(head: str) -> None:
    """Also after the role of a parameter has come from the type of its module: it once came from its name."""
    spec = replace(SPEC, layers=2, head=head)
    digest = hashlib.sha256()
    for name, values in sorted(parameters(spec).items()):
        digest.update(name.encode() + values.numpy().tobytes())
    assert digest.hexdigest()[:16] == DIGESTS[head]


class RMSNorm(nn.Module):
    """As transformers writes it for each architecture of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))


@pytest.mark.parametrize(
    ("module", "own", "expected"),
    [
        (nn.LayerNorm(3), "weight", Role.GAIN),
        (nn.LayerNorm(3), "bias", Role.OTHER),
        (RMSNorm(), "weight", Role.GAIN),
        (nn.Embedding(3, 2), "weight", Role.TABLE),
        (nn.Linear(3, 2), "weight", Role.OTHER),
        (nn.Linear(3, 2), "bias", Role.OTHER),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_role_of_a_parameter_comes_from_the_type_of_its_module(module: nn.Module, own: str, expected: Role) -> None:
    assert role(module, own) is expected


def test_gains_of_distilbert_lie_around_one() -> None:
    """None of its layers' norms is called LayerNorm."""
    gains = parameters(TinyDistilBert(hidden=12, weight_scale=0.25))[
        "distilbert.transformer.layer.0.sa_layer_norm.weight"
    ]
    assert bool((gains > 0).all())


@pytest.mark.parametrize("spec", EVERY_HEAD, ids=lambda spec: f"{spec.family.name}-{spec.head}")
def test_float32_and_float64_models_are_the_same_function(spec: TinyTransformer) -> None:
    skip_if(spec.family.missing)
    float64, float32 = parameters(spec), parameters(spec, torch.float32)
    assert {values.dtype for values in float32.values()} == {torch.float32}
    assert equal({name: values.float() for name, values in float64.items()}, float32)


def test_parameter_does_not_depend_on_what_stands_before_it() -> None:
    """One stream for all of them would move every weight when a release of transformers adds or reorders one."""
    shallow, deep = parameters(SPEC), parameters(replace(SPEC, layers=3))
    assert len(deep) > len(shallow)
    assert equal(shallow, {name: deep[name] for name in shallow})


def test_parameters_of_equal_shape_differ() -> None:
    matrices = [values for values in parameters(SPEC).values() if values.shape == (SPEC.hidden, SPEC.hidden)]
    assert len({tuple(values.flatten().tolist()) for values in matrices}) == len(matrices) > 1


def test_weights_do_not_depend_on_torchs_generator() -> None:
    with torch.random.fork_rng(devices=[]):
        drawn = []
        for seed in (0, 1):
            torch.manual_seed(seed)
            drawn.append(parameters(SPEC))
    assert equal(*drawn)


def test_weights_depend_on_the_seed() -> None:
    other = parameters(replace(SPEC, weight_seed=4))
    assert not any(torch.equal(values, other[name]) for name, values in parameters(SPEC).items())


@pytest.mark.parametrize("spec", EVERY_HEAD, ids=lambda spec: f"{spec.family.name}-{spec.head}")
def test_no_parameter_is_at_its_degenerate_default(spec: TinyTransformer) -> None:
    """A bias of 0, a gain of 1, a PAD row of 0: with them F jumps where a path meets the origin."""
    skip_if(spec.family.missing)
    model = spec.model(torch.float64)
    found, modules = dict(model.named_parameters()), dict(model.named_modules())
    for name, values in found.items():
        path, _, own = name.rpartition(".")
        default = 1.0 if isinstance(modules[path], nn.LayerNorm) and own == "weight" else 0.0
        assert (values != default).all(), name
    for module in model.modules():
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            assert module.weight[module.padding_idx].all()
