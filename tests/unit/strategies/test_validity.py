"""Every problem that is drawn can be built and run, and none was filtered away on the way."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor

from reference.built_problem import BuiltProblem, Layer
from reference.models.bag import TinyBag
from reference.models.bert import FAMILY as BERT
from reference.oracle.path_integral import select
from reference.oracle.quadrature import METHODS, rule
from reference.problem import Problem
from strategies.domain import DOMAINS
from tests.plugin.night import some
from tests.unit.strategies.drawing import ON_TOKENS, draws, simplest

OF_TOKENS = [name for name, domain in DOMAINS.items() if not domain.texts]
BUILT = [domain for domain in ON_TOKENS if not domain.endswith(("rule", "rules"))]

WITH_MODEL = [domain for domain in BUILT if not DOMAINS[domain].lacking(BERT)]


def output_shape(problem: Problem) -> tuple[int, ...]:
    model, data = problem.model, problem.data
    each = (model.labels,) if isinstance(model, TinyBag) else model.output_shape(data.length)
    return (data.batch, *each)


def outputs(built: BuiltProblem) -> dict[str, Tensor]:
    """F before selection, at both ends of both entries."""
    embedded, ids = built.embeddings, built.ids
    with torch.no_grad():
        found = {
            "x by embeddings": embedded.forward(embedded.inputs, *embedded.additional),
            "x' by embeddings": embedded.forward(embedded.baselines, *embedded.additional),
        }
        if ids:
            found["x by ids"] = ids.forward(ids.inputs, *ids.additional)
            found["x' by ids"] = ids.forward(ids.baselines, *ids.additional)
    return found


@cache
def builds(domain: str) -> list[tuple[Problem, BuiltProblem, dict[str, Tensor]]]:
    """A part of the domain's draws, built and run once for all tests."""
    settings = [(problem, problem.build()) for problem in draws(domain).few(every=5)]
    return [(problem, built, outputs(built)) for problem, built in settings]


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_draw_is_rejected(domain: str) -> None:
    """Valid by construction: no filter and no assumption gave a draw up."""
    assert draws(domain).rejected == 0


@pytest.mark.parametrize("domain", some(WITH_MODEL))
def test_drawn_problem_builds_and_runs_through_both_entries(domain: str) -> None:
    for problem, built, found in builds(domain):
        for name, output in found.items():
            assert output.shape == output_shape(problem), (name, problem)
            assert output.dtype == problem.dtype, (name, problem)
            assert output.isfinite().all(), (name, problem)
            assert output.dim() == built.output_dims, (name, problem)
            assert select(output, problem.call.target).shape == (problem.data.batch,), (name, problem)


def finds_pad(problem: Problem) -> bool:
    """Whether PAD is among ids of a family in which it does more than its embedding."""
    family, data = getattr(problem.model, "family", None), problem.data
    rows = (*data.ids, *(data.baseline if isinstance(data.baseline, tuple) else ()))
    return family is not None and family.by_pad and any(family.pad in row for row in rows)


@pytest.mark.parametrize("domain", WITH_MODEL)
def test_both_entries_are_the_same_function(domain: str) -> None:
    """Ids enter by the table, embeddings behind it: the same numbers in the same order, so the same bits.

    Not of a model that reads its mask off the ids, or of a family that finds PAD among them: that is its second path.
    """
    for problem, _, found in builds(domain):
        if getattr(problem.model, "variant", "unmodified") == "mask_from_ids" or finds_pad(problem):
            continue
        for end in ("x", "x'"):
            by_embeddings = found[f"{end} by embeddings"]
            assert torch.equal(found.get(f"{end} by ids", by_embeddings), by_embeddings), (end, problem)


@pytest.mark.parametrize("domain", WITH_MODEL)
def test_ends_of_the_path_have_one_shape(domain: str) -> None:
    for problem, built, _ in builds(domain):
        data = problem.data
        size = (data.batch, data.length, problem.model.hidden)
        assert built.embeddings.inputs.shape == built.embeddings.baselines.shape == size
        assert built.embeddings.inputs.dtype == built.embeddings.baselines.dtype == problem.dtype
        assert (built.ids is None) == (not isinstance(data.baseline, tuple))
        if built.ids:
            assert built.ids.inputs.shape == built.ids.baselines.shape == size[:2]


@pytest.mark.parametrize("domain", WITH_MODEL)
def test_every_layer_is_a_module_of_the_model(domain: str) -> None:
    for problem, built, _ in builds(domain):
        asked = () if problem.call.layer is None else (Layer.named(problem.call.layer),)
        modules = {id(module) for module in built.model.modules()}
        assert built.layers_in_order
        assert all(id(place.module(built.model)) in modules for place in (*built.layers_in_order, *asked))


def test_drawn_rule_exists() -> None:
    for problem in draws("rule").problems:
        assert len(rule(problem.call.method, problem.call.n_steps)) == problem.call.n_steps


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("domain", OF_TOKENS)
def test_domain_asked_for_a_method_draws_that_method(domain: str, method: str) -> None:
    assert simplest(DOMAINS[domain](method)).call.method == method
