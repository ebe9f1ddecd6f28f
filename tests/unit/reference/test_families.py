"""Each family is what its description says: paths exist, arguments are taken, units can be permuted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from packaging.version import Version
from torch import Tensor

from reference.built_problem import BuiltProblem, Layer
from reference.models.bert import FAMILY as BERT
from reference.models.bert import TinyBert
from reference.models.distilbert import TinyDistilBert
from reference.models.families import FAMILIES, SPECS
from reference.models.family import MAX_LENGTH
from reference.models.tiny import TinyTransformer
from reference.models.variants import VARIANTS
from reference.models.versions import TRANSFORMERS
from reference.oracle.budget import Budget, assert_within, floor
from reference.oracle.narrowing import narrowings, representable
from reference.oracle.substitution import activations, rest, whole
from reference.problem import Problem, Tokens
from reference.violation import NotApplicable, Violation
from strategies.tokens import without
from tests.plugin.night import some

INSTALLED = {name: family for name, family in FAMILIES.items() if not family.missing}

EVERY = [(name, head) for name, family in INSTALLED.items() for head in family.heads]

of_each_family = pytest.mark.parametrize("name", some(INSTALLED))
of_each_head = pytest.mark.parametrize(("name", "head"), EVERY, ids="-".join)


def spec(name: str, **fields: object) -> TinyTransformer:
    """Two layers, or one if all layers are one module."""
    layers = 1 if FAMILIES[name].shared else 2
    return SPECS[name](hidden=4, heads=2, layers=layers, intermediate=3, **fields)  # type: ignore[arg-type]


def data(name: str) -> Tokens:
    """Two rows of four tokens, none of them PAD if PAD's id matters, with every argument that the family takes."""
    family = FAMILIES[name]
    pad = family.pad if family.by_pad else -1
    return Tokens(
        ids=without(((0, 1, 2, 3), (3, 1, 0, 2)), pad, 4),
        baseline=without(((1, 2, 1, 1), (0, 2, 2, 0)), pad, 4),
        mask=((1, 1, 1, 1), (1, 1, 0, 1)),
        types=((0,) * 4,) * 2 if family.token_types else None,
        positions=((0, 1, 2, 3), (0, 1, 1, MAX_LENGTH - 1)) if family.positions else None,
    )


def output(built: BuiltProblem, *, by_ids: bool = True) -> Tensor:
    entry = built.layered if by_ids else built.embeddings
    with torch.no_grad():
        result: Tensor = entry.forward(entry.inputs, *entry.arguments)
    return result


def test_every_family_is_found_with_its_spec() -> None:
    assert {"bert", "distilbert"} <= set(FAMILIES) == set(SPECS)


@pytest.mark.skipif(Version("5") > TRANSFORMERS, reason="the new family is described for transformers 5")
@pytest.mark.night
def test_one_file_adds_a_family_that_laws_run_on() -> None:
    """Drawn, judged, read back from its text; what it does not have leaves laws out, with the reason."""
    script = Path(__file__).parent / "laws_on_opt.py"
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    for law, texts in found["drawn"].items():
        assert texts, law
        assert all(text.startswith("Problem(model=TinyOPT(") for text in texts), law
    assert found["not applicable"]["rows_of_choices"] == "opt: it has no multiple choice"


@of_each_head
def test_ids_and_embeddings_give_the_same_output_of_the_declared_shape(name: str, head: str) -> None:
    model = spec(name, head=head)
    built = Problem(model=model, data=data(name)).build()
    assert torch.equal(output(built), output(built, by_ids=False))
    assert output(built).shape == (2, *model.output_shape(4))


@of_each_head
def test_every_declared_layer_passes_one_tensor_of_each_example(name: str, head: str) -> None:
    model = spec(name, head=head)
    built = Problem(model=model, data=data(name)).build()
    parts = built.parts
    places = {*built.layers_in_order, *parts.tables, *map(Layer.named, model.inner_places())}
    if parts.checkpointed:
        places.add(parts.checkpointed)
    watched = [(place.module(built.model), place.at_input) for place in places]
    for end, start in activations(watched, built.layered, rows=built.rows):
        assert len(end) == len(start) == 2


@of_each_family
def test_head_reads_the_positions_that_it_declares(name: str) -> None:
    """At the last layer's output, the gradient of F is 0 at all other positions, and at no position that is read."""
    for head in FAMILIES[name].row_by_row:
        problem = Problem(model=spec(name, head=head, weight_seed=5), data=replace(data(name), mask=None))
        built = problem.build()
        asked = problem.asking(target=(0,) * (built.output_dims - 1) if built.output_dims > 2 else 0)
        module = built.last_layer.module(built.model)
        ((hidden, _),) = activations([(module, False)], built.layered)
        _, gradient = rest(module, built.layered, asked.call.target).with_gradient(hidden)
        assert torch.equal((gradient != 0).any(-1), built.read(asked.call.target)), head


@of_each_family
def test_embeddings_of_words_are_those_of_the_model(name: str) -> None:
    built = Problem(model=spec(name), data=data(name)).build()
    place = built.embeddings_layer
    ((expected, _),) = activations([(place.module(built.model), place.at_input)], built.layered)
    with torch.no_grad():
        assert torch.equal(built.embedding_map()(built.embeddings.inputs), expected)


@of_each_head
def test_float64_model_computes_in_float32_only_if_its_family_says_so(name: str, head: str) -> None:
    """RMSNorm narrows with any attention, a softmax in float32 with eager attention alone."""
    seen = []
    for attention in FAMILIES[name].attentions:
        built = Problem(model=spec(name, head=head, attention=attention), data=replace(data(name), mask=None)).build()
        field = whole(built.embeddings, (0,) * (built.output_dims - 1) if built.output_dims > 2 else 0)
        seen.append(narrowings(field, built.model, built.embeddings.inputs) > 0)
        assert representable(built) == (not FAMILIES[name].narrows)
    assert any(seen) == FAMILIES[name].narrows


@pytest.mark.parametrize("name", [name for name, family in INSTALLED.items() if family.units])
def test_reversed_units_are_other_weights_of_the_same_function(name: str) -> None:
    head = "hidden" if "hidden" in FAMILIES[name].heads else next(iter(FAMILIES[name].heads))
    problem = Problem(model=spec(name, head=head), data=data(name))
    built, own = problem.build(), problem.build()
    built.reverse_units()
    assert not all(torch.equal(*pair) for pair in zip(built.model.parameters(), own.model.parameters(), strict=True))
    expected = output(own)
    rounded = Budget(floor(expected.abs().flatten(1).sum(1), torch.float64), "rounding")
    assert_within(Violation, error=output(built) - expected, budget=rounded, what="units in reverse order")


WHOLLY = ("bert", "distilbert", "llama", "gpt2")
"""Families on which every variant is tried; on the others, one variant of each kind."""

ONCE = ("model_output", "scalar_in_output", "affine_embedding_norm", "tied_layers", "equal_layers", "mask_from_ids")

POSSIBLE = [(name, it) for name, family in INSTALLED.items() for it in VARIANTS if not VARIANTS[it].lacking(family)]


@pytest.mark.parametrize(("name", "variant"), [case for case in POSSIBLE if case[0] in WHOLLY or case[1] in ONCE])
def test_variant_that_a_family_can_have_runs(name: str, variant: str) -> None:
    built = Problem(model=spec(name, variant=variant), data=data(name)).build()
    assert output(built).isfinite().all()


SAME = ("list_output", "keyword_call", "checkpointed", "length_first")


@pytest.mark.parametrize(("name", "variant"), [case for case in POSSIBLE if case[1] in SAME])
def test_staged_variant_is_the_same_function_as_its_twin(name: str, variant: str) -> None:
    twin, changed = (Problem(model=spec(name, variant=it), data=data(name)).build() for it in ("unmodified", variant))
    assert torch.equal(output(twin), output(changed))


def test_variant_that_a_family_cannot_have_is_said() -> None:
    assert VARIANTS["affine_embedding_norm"].lacking(replace(BERT, norm=None))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"types": 2}, "distilbert has no 'types'"),
        ({"eps": 0.1}, "distilbert has no 'eps'"),
        ({"head": "pooled"}, "unknown head 'pooled' of distilbert"),
        ({"variant": "other"}, "unknown variant 'other' of distilbert"),
    ],
)
def test_spec_names_what_the_family_does_not_have(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TinyDistilBert(**fields)  # type: ignore[arg-type]


def test_argument_that_the_family_does_not_take_is_an_error() -> None:
    problem = Problem(model=TinyDistilBert(), data=replace(data("bert"), positions=None))
    with pytest.raises(ValueError, match="distilbert takes no token_type_ids"):
        problem.build()


def test_attention_that_a_family_does_not_have_is_not_applicable() -> None:
    with pytest.raises(NotApplicable, match="no other attention for bert"):
        Problem(model=TinyBert(attention="other"), data=data("bert")).build()
