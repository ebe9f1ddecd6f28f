"""Integrated Gradients: the gradient of the forward F, averaged over the straight path from baseline to input.

Attribution_i = (x_i − x'_i) ∫₀¹ ∂F(x' + α(x − x'))/∂x_i dα ≈ Δ_i Σ_k w_k ∂F(x' + α_k Δ)/∂x_i

Source   Sundararajan, Taly, Yan 2017, https://arxiv.org/abs/1703.01365: eq. 1 is the integral, eq. 3 the sum
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from . import checks
from .scalar import Scalar, Tensors, take, wide

Rule = tuple[Tensor, Tensor]
Score = Callable[[Tensors, Tensor], Tensor]


def integrated_gradients(
    forward: Callable[..., Any],
    inputs: Any,
    baselines: Any = None,
    *,
    target: Any = None,
    additional_forward_args: Any = None,
    n_steps: int = 50,
    method: str = "gausslegendre",
    internal_batch_size: int | None = None,
    return_convergence_delta: bool = False,
    multiply_by_inputs: bool = True,
) -> Any:
    """Σ_k w_k ∇F(x' + α_k Δ) ⊙ Δ at the forward's first arguments, one for each tensor of `inputs`.

    Shapes   inputs (batch, …) or a tuple of them, baselines alike, (1, …) or numbers; delta (batch,)
    Raises   ValueError, TypeError or IndexError, each naming the argument at fault
    Source   eq. 3; without `multiply_by_inputs`, the factor Δ is left out
    """
    x = checks.float_inputs(inputs)
    baseline = checks.baselines(baselines, x)
    steps = rule(method, n_steps)
    rows = checks.rows(internal_batch_size, len(x[0]) * len(steps[0]))
    F = Scalar(forward, target, additional_forward_args, len(x[0]))

    def ends(examples: Tensor) -> tuple[Tensors, Tensors]:
        return take(x, examples), take(baseline, examples)

    with torch.inference_mode(False), torch.no_grad():
        averages, attributions = attribute(F, ends, F.batch, steps, rows)
        result = attributions if multiply_by_inputs else averages
        shaped = tuple(result) if isinstance(inputs, tuple) else result[0]
        return (shaped, F.gap(x, baseline, attributions, rows)) if return_convergence_delta else shaped


def rule(method: str, n_steps: int) -> Rule:
    """Nodes α_k, ascending, and weights w_k of a quadrature rule on [0, 1], both float64 (n_steps,)."""
    checks.rule(method, n_steps)
    n = operator.index(n_steps)  # NumPy's integers divide in another way
    k = torch.arange(n, dtype=torch.float64)
    equal = torch.full_like(k, 1 / n)
    if method == "riemann_left":
        return k / n, equal
    if method == "riemann_right":
        return (k + 1) / n, equal
    if method == "riemann_middle":
        return (2 * k + 1) / (2 * n), equal
    if method == "riemann_trapezoid":
        weights = torch.full_like(k, 1 / (n - 1))
        weights[[0, -1]] /= 2
        return k / (n - 1), weights
    nodes, gauss = (torch.from_numpy(values) for values in np.polynomial.legendre.leggauss(n))
    return (1 + nodes) / 2, gauss / 2


def attribute(
    F: Score, ends: Callable[[Tensor], tuple[Tensors, Tensors]], batch: int, steps: Rule, rows: int
) -> tuple[list[Tensor], list[Tensor]]:
    """Average gradients, and their products with Δ: a group of examples at a time, so that no call exceeds `rows`."""
    averages, attributions = [], []
    for examples in torch.arange(batch).split(rows):
        x, baseline = ends(examples)
        sums = integrate(F, x, baseline, examples, steps, rows)
        averages.append([g.to(a.dtype) for a, g in zip(x, sums, strict=True)])
        attributions.append([(g * (wide(a) - wide(b))).to(a.dtype) for a, b, g in zip(x, baseline, sums, strict=True)])
    return _joined(averages), _joined(attributions)


def integrate(F: Score, x: Tensors, baseline: Tensors, examples: Tensor, steps: Rule, rows: int) -> list[Tensor]:
    """Σ_k w_k ∇F(x' + α_k Δ), all tensors moved along one joint path; as many steps a call as fit into `rows`."""
    sums = [torch.zeros_like(wide(a)) for a in x]
    steps_a_call = max(1, rows // len(examples))
    for alphas, weights in zip(*(values.split(steps_a_call) for values in steps), strict=True):
        path = [along(b, a, alphas).requires_grad_() for a, b in zip(x, baseline, strict=True)]
        with torch.enable_grad():
            scores = F(path, examples.repeat(len(alphas)))
            gradients: Sequence[Tensor | None] = [None] * len(path)
            if scores.requires_grad:
                gradients = torch.autograd.grad(scores, path, torch.ones_like(scores), allow_unused=True)
        if all(gradient is None for gradient in gradients):
            checks.no_gradient(F(x, examples), F(baseline, examples))
        for total, gradient in zip(sums, gradients, strict=True):
            if gradient is not None:  # a tensor that F does not use has gradient 0
                by_step = wide(gradient).unflatten(0, (len(alphas), len(examples)))
                total += (column(weights, by_step) * by_step).sum(0)
    return sums


def along(baseline: Tensor, x: Tensor, alphas: Tensor) -> Tensor:
    """The points x' + αΔ, one α after another: exact at both ends, and where x = x'."""
    path = torch.lerp(wide(baseline), wide(x), column(alphas, wide(x)[None]))
    return path.flatten(0, 1).to(x.dtype)


def column(values: Tensor, like: Tensor) -> Tensor:
    """One value per entry of dimension 0 of `like`, in its dtype and on its device."""
    return values.to(like).view(-1, *[1] * (like.dim() - 1))


def _joined(groups: list[list[Tensor]]) -> list[Tensor]:
    return [torch.cat(parts) for parts in zip(*groups, strict=True)]
