"""Other ways to sum Σ_k w_k ∇F(x' + α_k Δ): which rows share a call, how a gradient is taken, how sums are rounded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tests.subjects.textbook import checks, integrated_gradients
from tests.subjects.textbook.integrated_gradients import Rule, Score
from tests.subjects.textbook.scalar import Scalar, Tensors, take, wide

INTEGRATE = integrated_gradients.integrate

Order = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""From the grids of steps and examples, both (steps, examples), to the step and the example of each row."""

Gradients = Sequence[Tensor | None] | None
"""∇F at the points of some rows, shaped like them, or None if the output has no graph."""

Add = Callable[[Tensor, Tensor, Tensor], None]
"""Adds terms (rows, …) to the totals of their examples, in place."""


def step_by_step(steps: Tensor, examples: Tensor) -> tuple[Tensor, Tensor]:
    return steps.flatten(), examples.flatten()


def example_by_example(steps: Tensor, examples: Tensor) -> tuple[Tensor, Tensor]:
    return steps.T.flatten(), examples.T.flatten()


def backwards(steps: Tensor, examples: Tensor) -> tuple[Tensor, Tensor]:
    return steps.flatten().flip(0), examples.flatten().flip(0)


def by_autograd(F: Score, path: list[Tensor], examples: Tensor) -> Gradients:
    scores = F([points.requires_grad_() for points in path], examples)
    if not scores.requires_grad:
        return None
    gradients = torch.autograd.grad(scores, path, torch.ones_like(scores), allow_unused=True)
    return None if all(gradient is None for gradient in gradients) else gradients


def by_backward(F: Score, path: list[Tensor], examples: Tensor) -> Gradients:
    """The gradients as they gather in `.grad`, of the points alone."""
    scores = F([points.requires_grad_() for points in path], examples)
    if not scores.requires_grad:
        return None
    scores.sum().backward(inputs=path)
    return None if all(points.grad is None for points in path) else [points.grad for points in path]


def by_vjp(F: Score, path: list[Tensor], examples: Tensor) -> Gradients:
    scores, pulled, *_ = torch.func.vjp(lambda *points: F(points, examples), *path)
    return _unless_cut(F, path, examples, pulled(torch.ones_like(scores)))


def by_vmap_of_grad(F: Score, path: list[Tensor], examples: Tensor) -> Gradients:
    """The gradient at one point, mapped over the points of each example."""
    gradients = [torch.zeros_like(points) for points in path]
    for example in examples.unique():
        rows = (examples == example).nonzero().flatten()

        def at_one_point(*point: Tensor, example: Tensor = example) -> Tensor:
            return F([part[None] for part in point], example[None])[0]

        each = torch.func.grad(at_one_point, argnums=tuple(range(len(path))))
        for total, part in zip(gradients, torch.func.vmap(each)(*take(path, rows)), strict=True):
            total[rows] = part
    return _unless_cut(F, path, examples, gradients)


FORWARD_MODE = threading.Lock()
"""torch's levels of forward mode belong to the process."""


def by_forward_mode(F: Score, path: list[Tensor], examples: Tensor) -> Gradients:
    """A directional derivative for each feature."""
    gradients = [torch.zeros_like(points) for points in path]
    for i, gradient in enumerate(gradients):
        for feature in range(gradient[0].numel()):
            directions = [torch.zeros_like(points) for points in path]
            directions[i].flatten(1)[:, feature] = 1
            with FORWARD_MODE:
                _, slope, *_ = torch.func.jvp(lambda *points: F(points, examples), tuple(path), tuple(directions))
            gradient.flatten(1)[:, feature] = slope
    return _unless_cut(F, path, examples, gradients)


def _unless_cut(F: Score, path: list[Tensor], examples: Tensor, gradients: Sequence[Tensor]) -> Gradients:
    """The gradients; torch.func returns zeros for a forward that is cut off from its inputs, too."""
    if any(bool(gradient.any()) for gradient in gradients):
        return gradients
    return by_autograd(F, [points.clone() for points in path], examples)


def plainly(total: Tensor, examples: Tensor, terms: Tensor) -> None:
    total.index_add_(0, examples, terms)


class Compensated:
    """Kahan's sum: what each addition rounds off is added to the next term."""

    def __init__(self) -> None:
        self.lost: dict[int, Tensor] = {}

    def __call__(self, total: Tensor, examples: Tensor, terms: Tensor) -> None:
        lost = self.lost.setdefault(id(total), torch.zeros_like(total))
        for example, term in zip(examples.tolist(), terms, strict=True):
            own = term - lost[example]
            more = total[example] + own
            lost[example] = (more - total[example]) - own
            total[example] = more


@dataclass(frozen=True)
class Walk:
    """A way to walk the path, in place of textbook's `integrate`: `size` is how many rows share a call, at most."""

    order: Order = step_by_step
    size: int | None = None
    gradients: Callable[[Score, list[Tensor], Tensor], Gradients] = by_autograd
    adding: Callable[[], Add] = lambda: plainly
    dtype: torch.dtype | None = None

    def __call__(
        self, F: Score, x: Tensors, baseline: Tensors, examples: Tensor, steps: Rule, rows: int
    ) -> list[Tensor]:
        sums = [torch.zeros_like(wide(part), dtype=self.dtype) for part in x]
        add = self.adding()
        alphas, weights = steps
        of_step, of_example = self.order(
            *torch.meshgrid(torch.arange(len(alphas)), torch.arange(len(examples)), indexing="ij")
        )
        for ks, own in zip(*(grid.split(min(rows, self.size or rows)) for grid in (of_step, of_example)), strict=True):
            path = [_points(b[own], a[own], alphas[ks]) for a, b in zip(x, baseline, strict=True)]
            with torch.enable_grad():
                gradients = self.gradients(F, path, examples[own])
            if gradients is None:
                checks.no_gradient(F(x, examples), F(baseline, examples))
                continue
            for total, gradient in zip(sums, gradients, strict=True):
                if gradient is not None:
                    terms = gradient.detach().to(total)
                    add(total, own.to(total.device), integrated_gradients.column(weights[ks], terms) * terms)
        return sums


def _points(baseline: Tensor, x: Tensor, alphas: Tensor) -> Tensor:
    """x' + αΔ in each row."""
    return torch.lerp(wide(baseline), wide(x), integrated_gradients.column(alphas, wide(x))).to(x.dtype)


def in_threads(F: Any, x: Tensors, baseline: Tensors, examples: Tensor, steps: Rule, rows: int) -> list[Tensor]:
    """Each step in a thread of its own; hooks on a layer belong to one thread, so LIG is not shared out."""
    if not isinstance(F, Scalar):
        return INTEGRATE(F, x, baseline, examples, steps, rows)

    @torch.no_grad()
    def one(step: tuple[Tensor, Tensor]) -> list[Tensor]:
        return INTEGRATE(F, x, baseline, examples, step, rows)

    with ThreadPoolExecutor(3) as threads:
        parts = list(threads.map(one, zip(*(values.split(1) for values in steps), strict=True)))
    return [torch.stack(terms).sum(0) for terms in zip(*parts, strict=True)]
