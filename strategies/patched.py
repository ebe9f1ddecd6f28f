"""Problems of nodes and edges: language models with a residual stream, two texts of ids, one logit."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from reference.models.family import Family
from reference.oracle.quadrature import fewest_nodes
from reference.problem import Call, Problem
from strategies.models import few_layers
from strategies.needs import Domain
from strategies.problems import problems


def patched(method: str | None, family: Family) -> st.SearchStrategy[Problem]:
    """GPT-2 as it is published: tools that rebuild the model know its own activation only. No mask, own positions."""

    def bare(problem: Problem) -> Problem:
        rule = method or Call().method  # no law asks for one: the subject declares its rule
        call = replace(problem.call, method=rule, n_steps=fewest_nodes(rule))
        return replace(problem, data=replace(problem.data, positions=None), call=call)

    models = few_layers(family, heads=st.just("causal"), activations=st.just("gelu_new"))
    found = problems(models=models, longest=4, most_examples=2, masked=False, vectors=False)
    return found.map(bare)


PATCHED: dict[str, Domain] = {"patched": Domain(patched, needs=("a residual stream",), instead=("gpt2",))}
