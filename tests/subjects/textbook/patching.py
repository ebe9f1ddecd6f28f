"""Scores of nodes and edges: the patching effect of a module's output, and of its part in the input of a later module.

A node moves along its own activation, all else as at x: score = Σ_k w_k ∇F(h' + α_k Δ) · Δ with Δ = h(x) − h(x').
Edges share the path of the inputs' embeddings: score = Σ_k w_k ∇F(x' + α_k(x − x')) · Δ. The gradient is taken at the
input of the module to which the edge leads; Δ is that of the module from which it comes.

Source   Hanna, Pezzelle, Belinkov 2024, https://arxiv.org/abs/2403.17806
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from reference.declaration import PathDeclaration
from tests.subjects.textbook import integrated_gradients as core

STEPS = 8
PATHS = {
    "nodes": PathDeclaration(source="this file", n_steps=STEPS),
    "edges": PathDeclaration(source="this file", n_steps=STEPS, path="inputs"),
}

Metric = Callable[[Tensor], Tensor]
Hook = Callable[..., Any]


def nodes(model: Any, clean: Tensor, corrupted: Tensor, *, nodes: Sequence[str], metric: Metric) -> list[Tensor]:
    """(batch,) for each node: one node after the other moves along its own activation."""
    x, start = (outputs(model, nodes, ids) for ids in (clean, corrupted))
    found = []
    for node in nodes:
        total = torch.zeros(len(clean), dtype=x[node].dtype, device=x[node].device)
        for point, weight in path(x[node], start[node]):
            with torch.enable_grad(), hooked(model, {node: putting(point)}):
                value = metric(model(clean).logits).sum()
                total += weight * dot(gradients(value, [point])[0], x[node] - start[node])
        found.append(total)
    return found


def edges(
    model: Any, clean: Tensor, corrupted: Tensor, *, edges: Sequence[tuple[str, str]], metric: Metric
) -> list[Tensor]:
    """(batch,) for each edge: all share the path of the embeddings, so one run of the model serves them all."""
    table = model.get_input_embeddings()
    with torch.no_grad():
        ends = table(clean), table(corrupted)
    writers = [writer for writer, _ in edges]
    x, start = (outputs(model, writers, ids) for ids in (clean, corrupted))
    found = [torch.zeros(len(clean), dtype=ends[0].dtype, device=ends[0].device) for _ in edges]
    for point, weight in path(*ends):
        added = {reader: torch.zeros_like(point).requires_grad_() for _, reader in edges}
        with torch.enable_grad(), hooked(model, {}, {reader: adding(one) for reader, one in added.items()}):
            value = metric(model(inputs_embeds=point).logits).sum()
            slopes = dict(zip(added, gradients(value, list(added.values())), strict=True))
        for total, (writer, reader) in zip(found, edges, strict=True):
            total += weight * dot(slopes[reader], x[writer] - start[writer])
    return found


def path(x: Tensor, start: Tensor) -> Iterator[tuple[Tensor, float]]:
    """The points of the rule, each with its weight."""
    alphas, weights = core.rule("gausslegendre", STEPS)
    for alpha, weight in zip(alphas.tolist(), weights.tolist(), strict=True):
        yield torch.lerp(start, x, alpha).requires_grad_(), weight


def outputs(model: nn.Module, names: Sequence[str], ids: Tensor) -> dict[str, Tensor]:
    """The output of each module in one run on the ids: (batch, length, hidden)."""
    seen: dict[str, Tensor] = {}

    def keeping(name: str) -> Hook:
        def hook(module: nn.Module, args: Any, output: Any) -> None:
            seen[name] = (output if isinstance(output, Tensor) else output[0]).detach()

        return hook

    with torch.no_grad(), hooked(model, {name: keeping(name) for name in names}):
        model(ids)
    return seen


def putting(point: Tensor) -> Hook:
    """A module's output is the point."""

    def hook(module: nn.Module, args: Any, output: Any) -> Any:
        return point if isinstance(output, Tensor) else (point, *output[1:])

    return hook


def adding(shift: Tensor) -> Hook:
    """A module reads its input plus the shift."""

    def hook(module: nn.Module, args: Any) -> Any:
        return (args[0] + shift, *args[1:])

    return hook


@contextmanager
def hooked(model: nn.Module, after: dict[str, Hook], before: dict[str, Hook] | None = None) -> Iterator[None]:
    """These hooks on the modules of these names, behind their forward and before it."""
    handles = [model.get_submodule(name).register_forward_hook(hook) for name, hook in after.items()]
    handles += [model.get_submodule(name).register_forward_pre_hook(hook) for name, hook in (before or {}).items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def gradients(value: Tensor, at: list[Tensor]) -> list[Tensor]:
    """∇F at each tensor, 0 if F does not depend on it."""
    found = torch.autograd.grad(value, at, allow_unused=True)
    return [torch.zeros_like(one) if slope is None else slope for slope, one in zip(found, at, strict=True)]


def dot(gradient: Tensor, difference: Tensor) -> Tensor:
    """The product of each example, summed: (batch,)."""
    return (gradient * difference).flatten(1).sum(1)
