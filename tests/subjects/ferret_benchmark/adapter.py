"""Benchmark.explain of ferret-xai as a subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from ferret import Benchmark
from ferret.explainers.gradient import IntegratedGradientExplainer
from torch import Tensor, nn

from tests.subjects.ferret.adapter import Ferret


class FerretBenchmark:
    """The benchmark with one explainer. It normalizes the scores by default: "we apply L1 normalization"."""

    name = "ferret_benchmark"
    distribution = "ferret-xai"
    device = "cpu"
    declares = replace(
        Ferret.declares, source="https://ferret.readthedocs.io, ferret.Benchmark.explain", normalisation="l1"
    )

    def scores(
        self, model: nn.Module, tokenizer: Any, texts: Sequence[str | tuple[str, str]], *, target: int | str
    ) -> list[Tensor]:
        bench = Benchmark(model, tokenizer, explainers=[IntegratedGradientExplainer(model, tokenizer)])
        explanations = (bench.explain(text, target=target, show_progress=False)[0] for text in texts)
        return [torch.as_tensor(explanation.scores) for explanation in explanations]


SUBJECT = FerretBenchmark
