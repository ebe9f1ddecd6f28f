"""A compiled model is checked as it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from reference.check.functions import check_integrated_gradients


@pytest.mark.skipif(not hasattr(getattr(torch, "compiler", None), "set_stance"), reason="torch is older than 2.6")
def test_compiled_model_is_not_compiled_again_in_a_check() -> None:
    compiled_graphs: list[object] = []

    def backend(graph: Any, inputs: object) -> Callable[..., Any]:
        compiled_graphs.append(graph)
        run: Callable[..., Any] = graph.forward
        return run

    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
        x, baseline = torch.randn(2, 4), torch.zeros(2, 4)
    compiled: Any = torch.compile(model, backend=backend)

    def forward(inputs: Tensor) -> Tensor:
        found: Tensor = compiled(inputs)
        return found

    alphas = (torch.arange(500).reshape(-1, 1, 1) + 0.5) / 500
    points = (baseline + alphas * (x - baseline)).requires_grad_(True)
    (slopes,) = torch.autograd.grad(model(points)[..., 1].sum(), points)
    attributions = slopes.mean(0) * (x - baseline)
    result = check_integrated_gradients(
        forward, x, baseline, attributions, model=compiled, target=1, method="riemann_middle", n_steps=500
    )
    assert result.right, result
    assert compiled_graphs == []
