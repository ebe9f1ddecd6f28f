"""Scores of nodes and edges: the declared path and difference, the effect of patching, nodes alone, sums of edges."""

from __future__ import annotations

from functools import reduce
from operator import add

import torch
from torch import Tensor

from reference.laws.compared import on_cpu
from reference.laws.law import law
from reference.laws.patching.asking_paths import Part, PathAsking, named
from reference.oracle import substitution
from reference.oracle.budget import assert_equal, assert_within
from reference.oracle.expected import Expected
from reference.oracle.path_integral import totals
from reference.problem import Problem
from reference.subject import Subject
from reference.violation import NotApplicable, Violation

PAPER = "Hanna, Pezzelle, Belinkov 2024, https://arxiv.org/abs/2403.17806"


class EndsOfPathDiffer(Violation):
    """The score of a node or an edge is not the declared rule's sum along the declared path."""


class NotThePatchingEffect(Violation):
    """The score of a node misses the effect of patching it by more than the rule does."""


class NodeNotAlone(Violation):
    """The score of a node depends on the other nodes that are asked in the same call."""


class EdgesDoNotAddUp(Violation):
    """The scores of the edges of one node do not add up to the score of the node."""


@law(
    group="patching",
    violation=EndsOfPathDiffer,
    needs={"paths"},
    source=PAPER,
    domain="patched",
    cases=("nodes", "edges"),
)
def ends_of_path(problem: Problem, subject: Subject) -> None:
    """A score = Σ_k w_k ∇F(p(α_k)) · (h(x) − h(x')) along the declared path p, which leads from x' to x."""
    chosen = problem.call.chosen(dict.fromkeys(("nodes", "edges")))
    for asking in PathAsking.offered(EndsOfPathDiffer, problem, subject, chosen):
        for part, got in zip(asking.parts, asking.scores(asking.parts), strict=True):
            asking.assert_score(got, part)


@law(
    group="patching",
    violation=NotThePatchingEffect,
    needs={"paths", "nodes"},
    source="Sundararajan et al. 2017, proposition 1; for the effect: Meng et al. 2022, https://arxiv.org/abs/2202.05262",
    domain="patched",
    implied_by="ends_of_path",
)
def patching_effect(problem: Problem, subject: Subject) -> None:
    """Along its own activation, a node's score = F(x) − F(x with the node at x'), up to the rule's own error."""
    asking = PathAsking.of(NotThePatchingEffect, problem, subject, "nodes")
    if asking.declares.path != "own activation":
        raise NotApplicable(f"subject {subject.name} moves the inputs: a score is not the effect of patching one node")
    for part, got in zip(asking.parts, asking.scores(asking.parts), strict=True):
        expected = asking.expected(part)
        predicted = totals(expected.attribution) - expected.change
        gap = on_cpu(got) - _effect(asking, str(part))
        assert_within(
            NotThePatchingEffect,
            error=gap - predicted,
            budget=expected.gap,
            what=f"the score of {named(part)} against the effect of patching it",
            got=gap,
            expected=predicted,
            against=expected.change,
        )


@law(group="patching", violation=NodeNotAlone, needs={"paths", "nodes"}, source=PAPER, domain="patched")
def node_alone(problem: Problem, subject: Subject) -> None:
    """The score of a node is the same if it is asked alone, and if all others are asked with it."""
    asking = PathAsking.of(NodeNotAlone, problem, subject, "nodes")
    if asking.declares.together:
        raise NotApplicable(f"subject {subject.name} declares that all nodes of a call move at once")
    for part, among in zip(asking.parts, asking.scores(asking.parts), strict=True):
        (alone,) = asking.scores([part])
        expected = asking.expected(part)
        assert_equal(
            NodeNotAlone,
            got=among,
            expected=on_cpu(alone),
            budget=2 * expected.total,
            what=f"score of {named(part)} among all others, against that alone",
            against=expected.change,
        )


@law(
    group="patching",
    violation=EdgesDoNotAddUp,
    needs={"paths", "edges"},
    source=PAPER,
    domain="patched",
    implied_by="ends_of_path",
)
def edges_add_up(problem: Problem, subject: Subject) -> None:
    """If all edges share one path, those out of a node sum to its score, and those into a node to its input's score."""
    asking = PathAsking.of(EdgesDoNotAddUp, problem, subject, "edges")
    if asking.declares.path != "inputs":
        raise NotApplicable(f"subject {subject.name} moves each edge along a path of its own")
    scores = dict(zip(asking.parts, asking.scores(asking.parts), strict=True))
    expected = {edge: asking.expected(edge) for edge in scores}
    for end, side in ((0, asking.oracle.node), (1, asking.oracle.reader)):
        for node in dict.fromkeys(edge[end] for edge in scores):
            of_node = [edge for edge in scores if edge[end] == node]
            what = f"the sum of the {len(of_node)} edges {'into' if end else 'out of'} {node}"
            _assert_sum(what, side(node), [scores[edge] for edge in of_node], [expected[edge] for edge in of_node])


def _assert_sum(what: str, whole: Expected, scores: list[Tensor], parts: list[Expected]) -> None:
    """Each score may be a budget away from the right one, and so may the whole."""
    __tracebackhide__ = True
    assert_equal(
        EdgesDoNotAddUp,
        got=torch.stack([on_cpu(score) for score in scores]).sum(0),
        expected=totals(whole.attribution),
        budget=reduce(add, (part.total for part in parts), whole.total),
        what=what,
        against=whole.change,
    )


def _effect(asking: PathAsking, node: Part) -> Tensor:
    """F(x) − F(x with the node's output replaced by its value at x'), by two runs of a float64 model: (batch,)."""
    built = asking.problem.build("float64")
    entry, module = built.layered, built.model.get_submodule(str(node))
    ((_, there),) = substitution.activations([(module, False)], entry)
    rest = substitution.rest(module, entry, asking.problem.call.target)
    return substitution.whole(entry, asking.problem.call.target)(entry.inputs) - rest(there)
