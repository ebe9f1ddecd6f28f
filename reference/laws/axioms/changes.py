"""What an axiom changes in a setting: the output, the ends of the path, the units of the features, the weights' order.

Each change makes a setting of a setting: an entry's in a copy, the model's in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from reference.problem import Entry, Setting


def entries(setting: Setting, change: Callable[[Entry], Entry]) -> Setting:
    """Both ways into the model, changed."""
    return replace(setting, embeddings=change(setting.embeddings), ids=setting.ids and change(setting.ids))


def summed(factors: tuple[float, ...]) -> Callable[[Setting], Setting]:
    """The forward's first outputs summed with these factors: one number per row."""

    def change(entry: Entry) -> Entry:
        def forward(*arguments: Any) -> Tensor:
            outputs: Tensor = entry.forward(*arguments)
            return outputs[:, : len(factors)] @ torch.tensor(factors).to(outputs)

        return replace(entry, forward=forward)

    return lambda setting: entries(setting, change)


def exchanged(setting: Setting) -> Setting:
    """Input and baseline in each other's place."""
    return entries(setting, lambda entry: replace(entry, inputs=entry.baselines, baselines=entry.inputs))


def between(start: float, end: float) -> Callable[[Setting], Setting]:
    """The part of the path from α = start to α = end."""

    def change(setting: Setting) -> Setting:
        entry = setting.embeddings
        points = {0.0: entry.baselines, 1.0: entry.inputs}
        low, high = (
            points.get(alpha, entry.baselines + alpha * (entry.inputs - entry.baselines)) for alpha in (start, end)
        )
        return replace(setting, embeddings=replace(entry, inputs=high, baselines=low))

    return change


def rescaled(setting: Setting) -> Setting:
    """Every feature in a unit of its own, 2^-3 to 2^3 times the old one."""
    entry = setting.embeddings
    features = torch.arange(entry.inputs[0].numel()).reshape(entry.inputs[0].shape)
    scale = (2.0 ** (features * 5 % 7 - 3)).to(entry.inputs)

    def forward(points: Tensor, *additional: Any) -> Any:
        return entry.forward(points / scale, *additional)

    inputs, baselines = entry.inputs * scale, entry.baselines * scale
    return replace(setting, embeddings=replace(entry, forward=forward, inputs=inputs, baselines=baselines))


def units_reversed(heads: int) -> Callable[[Setting], Setting]:
    """Each layer's attention heads in reverse order, and its intermediate units, with the weights on both sides."""

    def change(setting: Setting) -> Setting:
        layers: Any = setting.model.get_submodule(setting.prefix + "encoder.layer")
        for layer in layers:
            attention, projections = layer.attention.output.dense, layer.attention.self
            by_head = torch.arange(attention.in_features).reshape(heads, -1).flip(0).flatten()
            for projection in (projections.query, projections.key, projections.value):
                _permute(by_head, projection.weight, projection.bias)
            _permute(by_head, attention.weight.T)
            dense, output = layer.intermediate.dense, layer.output.dense
            _permute(torch.arange(output.in_features).flip(0), dense.weight, dense.bias, output.weight.T)
        return setting

    return change


def _permute(order: Tensor, *parameters: Tensor) -> None:
    """The rows of each parameter in that order, in place."""
    with torch.no_grad():
        for parameter in parameters:
            parameter.copy_(parameter[order])
