"""Scores of nodes and edges: right tools along either path pass, and wrong ones fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from reference.declaration import PathDeclaration
from reference.laws import LAWS
from reference.models.gpt2 import FAMILY, TinyGPT2
from reference.models.streams import STREAMS
from reference.problem import Problem, Tokens
from reference.subject import check_signature
from reference.violation import NotApplicable
from tests.plugin.night import some
from tests.subjects.textbook import Textbook, patching

pytestmark = pytest.mark.skipif(FAMILY.missing is not None, reason=str(FAMILY.missing))

TWO_LAYERS = Problem(
    model=TinyGPT2(head="causal", activation="gelu_new", layers=2),
    data=Tokens(ids=((0, 1, 2), (3, 0, 1)), baseline=((1, 1, 0), (3, 2, 2))),
).asking(target=((2, 1), (1, 0)))


class OtherPaths(Textbook):
    """Textbook with the paths of nodes and edges exchanged: nodes along the inputs, an edge along its own part."""

    paths = {name: replace(made, path="inputs") for name, made in patching.PATHS.items()} | {
        "edges": patching.PATHS["nodes"]
    }

    def nodes(self, model: Any, clean: Tensor, corrupted: Tensor, *, nodes: Any, metric: Any) -> list[Tensor]:
        table = model.get_input_embeddings()
        with torch.no_grad():
            ends = table(clean), table(corrupted)
        x, start = (patching.outputs(model, nodes, ids) for ids in (clean, corrupted))
        totals = [torch.zeros(len(clean), dtype=ends[0].dtype) for _ in nodes]
        for point, weight in patching.path(*ends):
            seen: dict[str, Tensor] = {}

            def keeping(name: str, seen: dict[str, Tensor] = seen) -> Any:
                def hook(module: Any, args: Any, output: Any) -> None:
                    seen[name] = output if isinstance(output, Tensor) else output[0]

                return hook

            with torch.enable_grad(), patching.hooked(model, {node: keeping(node) for node in nodes}):
                value = metric(model(inputs_embeds=point).logits).sum()
            for total, node, slope in zip(
                totals, nodes, torch.autograd.grad(value, [seen[node] for node in nodes]), strict=True
            ):
                total += weight * patching.dot(slope, x[node] - start[node])
        return totals

    def edges(self, model: Any, clean: Tensor, corrupted: Tensor, *, edges: Any, metric: Any) -> list[Tensor]:
        found = []
        for writer, reader in edges:
            x, start = (patching.outputs(model, [writer], ids)[writer] for ids in (clean, corrupted))
            total = torch.zeros(len(clean), dtype=x.dtype)
            for point, weight in patching.path(torch.zeros_like(x), start - x):  # what is added to the input at x
                with torch.enable_grad(), patching.hooked(model, {}, {reader: patching.adding(point)}):
                    value = metric(model(clean).logits).sum()
                total += weight * patching.dot(torch.autograd.grad(value, point)[0], x - start)
            found.append(total)
        return found


@pytest.mark.parametrize("law", ["ends_of_path", "patching_effect", "node_alone", "edges_add_up"])
@pytest.mark.parametrize("dtype", some(["float64", "float32"], every=2))
def test_textbook_passes_on_two_layers(law: str, dtype: str) -> None:
    LAWS[law](TWO_LAYERS.asking(dtype=dtype), Textbook())


def test_right_scores_along_the_other_paths_pass() -> None:
    for law in ("ends_of_path", "node_alone"):
        LAWS[law](TWO_LAYERS, OtherPaths())


@pytest.mark.parametrize(
    ("law", "reason"), [("patching_effect", "moves the inputs"), ("edges_add_up", "a path of its own")]
)
def test_law_of_one_path_does_not_apply_to_the_other(law: str, reason: str) -> None:
    with pytest.raises(NotApplicable, match=reason):
        LAWS[law](TWO_LAYERS, OtherPaths())


@pytest.mark.parametrize("changed", [{"path": "inputs"}, {"n_steps": 7}, {"method": "riemann_right"}])
def test_scores_other_than_declared_fail(changed: dict[str, Any]) -> None:
    class Declaring(Textbook):
        paths = {**patching.PATHS, "nodes": replace(patching.PATHS["nodes"], **changed)}  # noqa: RUF012

    with pytest.raises(LAWS["ends_of_path"].violation):
        LAWS["ends_of_path"](TWO_LAYERS, Declaring())


def test_tool_that_moves_all_nodes_of_a_call_gets_one_node_a_call() -> None:
    asked: list[list[str]] = []

    class Together(Textbook):
        paths = {**patching.PATHS, "nodes": replace(patching.PATHS["nodes"], together=True)}  # noqa: RUF012

        def nodes(self, *given: Any, nodes: Any, **options: Any) -> list[Tensor]:
            asked.append(list(nodes))
            return patching.nodes(*given, nodes=nodes, **options)

    LAWS["ends_of_path"](TWO_LAYERS, Together())
    assert [len(nodes) for nodes in asked] == [1] * 5
    with pytest.raises(NotApplicable, match="move at once"):
        LAWS["node_alone"](TWO_LAYERS, Together())


def test_every_writer_has_an_edge_to_each_later_reader() -> None:
    edges = STREAMS["gpt2"].edges("", 2)
    assert len(edges) == 1 + 2 + 3 + 4 + 5
    assert edges[0] == ("drop", "h.0.ln_1")
    assert ("h.0.mlp", "h.0.ln_1") not in edges
    assert edges[-1] == ("h.1.mlp", "ln_f")


def test_subject_with_nodes_must_declare_their_path() -> None:
    class Silent:
        def nodes(self, model: Any, clean: Any, corrupted: Any, *, nodes: Any, metric: Any) -> list[Tensor]:
            return []

    with pytest.raises(TypeError, match=r"Silent has nodes, but no `paths\['nodes'\]`"):
        check_signature(Silent())


def test_unknown_path_raises_an_error() -> None:
    with pytest.raises(ValueError, match="path must be one of 'own activation', 'inputs'; got 'straight'"):
        PathDeclaration(source="nowhere", path="straight")
